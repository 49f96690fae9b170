"""Who plays: the callers of the demo, each with a token of their own, and where they stand."""

from local.tokens import Wanted

UNIT = "hq.zj"
CITY = "hq.zj.hz"
STORE = "west-lake-store"
APP = "partner-app"
PARTNER = "lucky-agents"

OPERATOR = Wanted("operator", unit="hq", subject="demo-operator")
MARKETER = Wanted("marketer", unit=UNIT, subject="demo-marketer")
APPROVER = Wanted("approver", unit="hq", subject="demo-approver")
ANALYST = Wanted("analyst", unit="hq", subject="demo-analyst")
FRONT_LINE = Wanted("front_line", unit=UNIT, subject="demo-front-line")
PARTNER_SYSTEM = Wanted("partner", unit=UNIT, subject="demo-partner", partner=PARTNER)
STORE_SYSTEM = Wanted("partner", unit=UNIT, subject="demo-store", partner="own-stores")
