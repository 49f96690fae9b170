"""Products and offers in the graph."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self, TypeAlias
from uuid import UUID

import strawberry
from sqlmodel import col

from campaign.catalogue import commands, errors, models, queries
from campaign.catalogue.graph.inputs import BenefitKind, DefineOfferInput, DefineProductInput
from campaign.units import nowhere_if_none
from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Context, Info
from kit.graph.refusals import Conflict, InvalidInput, NotFound, Refusal, answers
from kit.graph.scalars import Long, Money, money
from kit.paging import page
from kit.units import above

READERS = ("marketer", "approver", "front_line", "analyst", "operator", "partner", "customer")


@strawberry.federation.type(keys=["code"], description="What is sold.")
class Product:
    code: str = strawberry.field(description="Its unique code.")
    name: str = strawberry.field(description="Its name, for people.")
    kind: str = strawberry.field(description="Such as plan, pack, device, service.")
    unit: str = strawberry.field(description="The OrgUnit that sells it.")
    price: Money = strawberry.field(description="The list price.")
    stock: int | None = strawberry.field(description="How many are left; null: any number.")

    @classmethod
    def of(cls, row: models.Product) -> Self:
        return cls(
            code=row.code,
            name=row.name,
            kind=row.kind,
            unit=row.unit,
            price=money(row.price_minor, row.currency),
            stock=row.stock,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, code: str) -> "Product | None":
        info.context.caller.require_role(*READERS)
        row = await info.context.loader(_products).load(code)
        return cls.of(row) if row else None


@strawberry.type(description="What the customer gets on top.")
class OfferBenefit:
    kind: BenefitKind = strawberry.field(description="Which of the nine.")  # type: ignore[valid-type]
    points: Long = strawberry.field(description="Points.")
    amount: Money = strawberry.field(description="Money.")
    reference: str = strawberry.field(
        description="The code of the reward, red packet, privilege, endorsement, lottery or bundle "
        "that it is about; empty for points, cash-back and referral."
    )


@strawberry.type(description="What an offer says on one kind of channel.")
class OfferContent:
    channel_kind: str = strawberry.field(description="Where it is said.")
    title: str = strawberry.field(description="The headline.")
    text: str = strawberry.field(description="The message.")


@strawberry.federation.type(keys=["id"], description="Products on terms.")
class Offer:
    id: UUID = strawberry.field(description="Its identity.")
    code: str = strawberry.field(description="Its unique code.")
    name: str = strawberry.field(description="Its name, for people.")
    unit: str = strawberry.field(description="The OrgUnit that offers it.")
    product_codes: list[str] = strawberry.field(description="The products it sells.")
    price: Money = strawberry.field(description="What the customer pays.")
    cost: Money = strawberry.field(description="What a yes costs at most.")
    expected_value: Money = strawberry.field(description="What a yes is worth.")
    benefit: OfferBenefit | None = strawberry.field(description="What the customer gets on top.")
    contents: list[OfferContent] = strawberry.field(description="What it says where.")
    channel_kinds: list[str] = strawberry.field(
        description="Where it may be sold; empty: anywhere."
    )
    legal_text: str = strawberry.field(description="The small print.")
    valid_from: datetime | None = strawberry.field(description="Null: no beginning.")
    valid_until: datetime | None = strawberry.field(description="Null: no end.")
    frozen: bool = strawberry.field(description="Submitted with a campaign: its terms stand.")

    @strawberry.field(description="The products it sells.", extensions=[Roles(*READERS)])
    async def products(self, info: Info) -> list[Product] | None:
        rows = await info.context.loader(_products).load_many(self.product_codes)
        return [Product.of(row) for row in rows if row]

    @classmethod
    def of(cls, row: models.Offer) -> Self:
        return cls(
            **{name: getattr(row, name) for name in PLAIN},
            product_codes=row.products,
            price=money(row.price_minor, row.currency),
            cost=money(row.cost_minor, row.currency),
            expected_value=money(row.expected_value_minor, row.currency),
            benefit=_benefit(row),
            contents=[
                OfferContent(channel_kind=kind, title=said["title"], text=said["text"])
                for kind, said in sorted(row.contents.items())
            ],
            frozen=row.frozen_at is not None,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: str) -> "Offer | None":
        info.context.caller.require_role(*READERS)
        return await cls.seen(info, UUID(id))

    @classmethod
    async def seen(cls, info: Info, id: UUID) -> "Offer | None":
        """The offer, if it reaches the caller's unit."""
        caller = info.context.caller
        row = await info.context.loader(offers_by_id).load(id)
        visible = row and (caller.sees(row.unit) or row.unit in above(caller.unit or ""))
        return cls.of(row) if row and visible else None


PLAIN = ("id", "code", "name", "unit", "channel_kinds", "legal_text", "valid_from", "valid_until")


def _benefit(row: models.Offer) -> OfferBenefit | None:
    if row.benefit_kind is None:
        return None
    return OfferBenefit(
        kind=models.BenefitKind(row.benefit_kind),
        points=Long(row.benefit_points),
        amount=money(row.benefit_amount_minor, row.currency),
        reference=row.benefit_reference,
    )


async def _products(context: Context, codes: Sequence[str]) -> list[models.Product | None]:
    async with context.db.reading() as session:
        found = await queries.products_by_code(session, codes, nowhere_if_none(context.caller.unit))
    return [found.get(code) for code in codes]


async def offers_by_id(context: Context, ids: Sequence[UUID]) -> list[models.Offer | None]:
    """Offers for those who already see what refers to them."""
    async with context.db.reading() as session:
        found = await queries.offers_by_id(session, ids)
    return [found.get(each) for each in ids]


@strawberry.type(description="The product is defined so.")
class ProductWasDefined:
    product: Product = strawberry.field(description="As it stands now.")


@strawberry.type(description="The offer is defined so.")
class OfferWasDefined:
    offer: Offer = strawberry.field(description="As it stands now.")


@strawberry.type(description="A campaign was submitted with the offer, so its terms stand.")
class OfferIsFrozen(Refusal):
    offer_code: str = strawberry.field(description="Define another offer under another code.")


DefineProductResult: TypeAlias = Annotated[
    ProductWasDefined | InvalidInput | Conflict, strawberry.union("DefineProductResult")
]
DefineOfferResult: TypeAlias = Annotated[
    OfferWasDefined | InvalidInput | NotFound | OfferIsFrozen | Conflict,
    strawberry.union("DefineOfferResult"),
]


@strawberry.type
class CatalogueQuery:
    @strawberry.field(
        description="The product of this code; null if there is none for the caller.",
        extensions=[Roles(*READERS)],
    )
    async def product(self, info: Info, code: str) -> Product | None:
        row = await info.context.loader(_products).load(code)
        return Product.of(row) if row else None

    @strawberry.field(
        description="Products of the caller's subtree and of the units above.",
        extensions=[Roles(*READERS)],
    )
    async def products(
        self, info: Info, first: First = 20, after: After = None
    ) -> Connection[Product] | None:
        select = queries.products_for(nowhere_if_none(info.context.caller.unit))
        async with info.context.db.reading() as session:
            found = await page(session, select, [models.Product.id], first=first, after=after)
        return Connection.of(found, Product.of)

    @strawberry.field(
        description="The offer of this id; null if there is none for the caller.",
        extensions=[Roles(*READERS)],
    )
    async def offer(self, info: Info, id: UUID) -> Offer | None:
        return await Offer.seen(info, id)

    @strawberry.field(
        description="The offer of this code; null if there is none for the caller.",
        extensions=[Roles(*READERS)],
    )
    async def offer_by_code(self, info: Info, code: str) -> Offer | None:
        select = queries.offers_for(nowhere_if_none(info.context.caller.unit))
        async with info.context.db.reading() as session:
            row = (await session.scalars(select.where(col(models.Offer.code) == code))).first()
        return Offer.of(row) if row else None

    @strawberry.field(
        description="Offers of the caller's subtree and of the units above.",
        extensions=[Roles(*READERS)],
    )
    async def offers(
        self, info: Info, first: First = 20, after: After = None
    ) -> Connection[Offer] | None:
        select = queries.offers_for(nowhere_if_none(info.context.caller.unit))
        async with info.context.db.reading() as session:
            found = await page(session, select, [models.Offer.id], first=first, after=after)
        return Connection.of(found, Offer.of)


@strawberry.type
class CatalogueMutation:
    @strawberry.mutation(
        description="Define a product, or change the one of this code.",
        extensions=[Roles("marketer")],
    )
    async def define_product(self, info: Info, input: DefineProductInput) -> DefineProductResult:
        info.context.caller.require_unit(input.unit)
        async with info.context.db.transaction() as session:
            row = await commands.define_product(session, input.read())
        return ProductWasDefined(product=Product.of(row))

    @strawberry.mutation(
        description="Define an offer, or change the one of this code before it is submitted.",
        extensions=[Roles("marketer")],
    )
    async def define_offer(self, info: Info, input: DefineOfferInput) -> DefineOfferResult:
        info.context.caller.require_unit(input.unit)
        async with info.context.db.transaction() as session:
            row = await commands.define_offer(session, input.read())
        return OfferWasDefined(offer=Offer.of(row))


answered = [answers(errors.OfferIsFrozen, OfferIsFrozen)]
