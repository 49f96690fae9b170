"""Things of other services, as this subgraph refers to them."""

import strawberry


@strawberry.federation.type(keys=["code"], description="A way to meet customers.")
class Channel:
    code: str = strawberry.field(description="Its unique code.")
