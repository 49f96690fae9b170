"""The words that earning rules choose from, declared before any type speaks of them."""

import strawberry

from loyalty.earning import models

EarningEvent = strawberry.enum(
    models.EarningEvent,
    description="What gives points. ORDER: somebody bought; CONVERSION: an order that a campaign "
    "led to; TOUCHPOINT: a kind of touchpoint, such as taking part; BIRTHDAY: the "
    "day of the customer's attribute `birthday`, once a year; FEEDBACK: an answer to CSAT or NPS, "
    "whose property.score and property.kind a condition may ask for; REFERRAL: somebody the member "
    "brought has placed their first order; REFERRED: the same, for who was brought.",
)
EarningKind = strawberry.enum(
    models.EarningKind,
    description="PROPORTIONAL to money; PROGRESSIVE: the rate rises with tier or balance; FIXED.",
)
EarningState = strawberry.enum(
    models.EarningState, description="DRAFT gives nothing, ACTIVE gives, RETIRED gave."
)
EarningStacking = strawberry.enum(
    models.EarningStacking,
    description="EXCLUSIVE: of the exclusive rules that fit, only the one with the highest "
    "priority gives. ADDITIVE: gives beside it.",
)
EarningStepsBy = strawberry.enum(
    models.EarningStep, name="EarningStepsBy", description="What a progressive rate rises with."
)
