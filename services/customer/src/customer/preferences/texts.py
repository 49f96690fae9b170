"""What the page says, in the languages it speaks."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

VERSION: Final = "2026-11"
"""Changes whenever what customers agree to reads differently."""

ACCEPTED: Final = re.compile(
    r"([a-zA-Z*]{1,8})(?:-[a-zA-Z0-9-]*)?\s*(?:;\s*q=([01](?:\.\d{0,3})?))?"
)


@dataclass(frozen=True, slots=True)
class Texts:
    """One language."""

    code: str
    title: str
    intro: str
    by: str
    save: str
    stop: str
    stop_hint: str
    saved: str
    stopped: str
    unsubscribed: str
    expired: str
    unknown: str
    too_many: str
    refused: str
    what_to_do: str
    other_language: str
    purposes: Mapping[str, str]
    kinds: Mapping[str, str]

    @property
    def version(self) -> str:
        return f"{VERSION}-{self.code}"

    def purpose(self, code: str) -> str:
        return self.purposes.get(code, code.replace("_", " "))

    def kind(self, code: str) -> str:
        return self.kinds.get(code, code.replace("_", " "))


ENGLISH: Final = Texts(
    code="en",
    title="Your preferences",
    intro="Choose how we may approach you. What you choose counts from the moment you save it.",
    by="We may approach you by",
    save="Save my choices",
    stop="Stop everything",
    stop_hint="We will not approach you on any channel, for any of these purposes.",
    saved="Your choices are saved and count from now on.",
    stopped="We will not approach you any more. You may change your mind here at any time.",
    unsubscribed="You are unsubscribed. You need not do anything else.",
    expired="This link no longer works.",
    unknown="This is not a link of ours.",
    too_many="This page was asked for too often. Please try again in a minute.",
    refused="Your choices were not saved: please open the link from our message again.",
    what_to_do="Use the link in our latest message to you, or ask for a new one in our app, at one "
    "of our outlets or by phone. Whatever you decided before still counts.",
    other_language="中文",
    purposes={
        "marketing": "Offers and news",
        "research": "Surveys and research",
        "profiling": "Offers chosen to fit you",
        "partners": "Offers of our partners",
    },
    kinds={
        "sms": "text message (SMS)",
        "mms": "picture message (MMS)",
        "email": "e-mail",
        "push": "notification of the app",
        "call_centre_out": "phone call",
        "call_centre_in": "when you call us",
        "app": "the app",
        "web": "our website",
        "ecommerce": "our online shop",
        "own_store": "our stores",
        "agent_store": "stores of our agents",
        "franchise": "franchised stores",
        "account_manager": "your account manager",
        "direct_sales": "a visit",
        "smart_device": "smart devices",
    },
)
CHINESE: Final = Texts(
    code="zh",
    title="您的偏好设置",
    intro="请选择我们可以通过哪些方式联系您。保存后立即生效。",
    by="我们可以通过以下方式联系您",
    save="保存我的选择",
    stop="全部停止",
    stop_hint="我们将不再为上述任何目的、通过任何渠道联系您。",
    saved="您的选择已保存，立即生效。",
    stopped="我们将不再联系您。您可以随时在此更改。",
    unsubscribed="您已退订，无需其他操作。",
    expired="此链接已失效。",
    unknown="此链接不是我们发出的。",
    too_many="访问过于频繁，请一分钟后再试。",
    refused="您的选择未保存：请从我们的消息中重新打开链接。",
    what_to_do="请使用我们最近一条消息中的链接，或在应用、营业厅或通过电话索取新链接。您之前的选择仍然有效。",
    other_language="English",
    purposes={
        "marketing": "优惠与资讯",
        "research": "调查与研究",
        "profiling": "为您定制的优惠",
        "partners": "合作伙伴的优惠",
    },
    kinds={
        "sms": "短信",
        "mms": "彩信",
        "email": "电子邮件",
        "push": "应用通知",
        "call_centre_out": "电话",
        "call_centre_in": "您来电时",
        "app": "应用",
        "web": "网站",
        "ecommerce": "网上商城",
        "own_store": "自营厅",
        "agent_store": "代理店",
        "franchise": "加盟店",
        "account_manager": "客户经理",
        "direct_sales": "上门拜访",
        "smart_device": "智能设备",
    },
)
LANGUAGES: Final = {each.code: each for each in (ENGLISH, CHINESE)}


def texts_for(chosen: str | None, accepted: str) -> Texts:
    """The language that was chosen, else the best that the browser accepts, else English."""
    if chosen in LANGUAGES:
        return LANGUAGES[chosen]
    wanted = sorted(
        ((float(weight or 1), code.lower()) for code, weight in ACCEPTED.findall(accepted[:500])),
        key=lambda each: -each[0],
    )
    found = (LANGUAGES[code] for weight, code in wanted if weight > 0 and code in LANGUAGES)
    return next(found, ENGLISH)


def other_than(texts: Texts) -> Texts:
    return CHINESE if texts is ENGLISH else ENGLISH
