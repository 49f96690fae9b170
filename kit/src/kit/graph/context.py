"""What every resolver can reach: the caller, the database, and loaders for this request."""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Any, TypeAlias, TypeVar

from strawberry.dataloader import DataLoader
from strawberry.types import Info as StrawberryInfo

from kit.database import Database
from kit.errors import Unauthenticated
from kit.identity import Caller

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
Load = Callable[["Context", Sequence[K]], Awaitable[Sequence[V]]]


class Context:
    """One request."""

    __slots__ = (
        "_caller", "_loaders", "before_answer", "db", "notes", "request", "response", "signed"
    )  # fmt: skip

    def __init__(self, db: Database, caller: Caller | None, *, signed: bool) -> None:
        self.db = db
        self._caller = caller
        self.signed = signed
        self._loaders: dict[Any, DataLoader[Any, Any]] = {}
        self.notes: dict[str, Any] = {}
        self.before_answer: list[Callable[[Context], Awaitable[None]]] = []

    @property
    def caller(self) -> Caller:
        if self._caller is None:
            raise Unauthenticated("This takes a token: Authorization: Bearer ...")
        return self._caller

    def loader(self, load: "Load[K, V]") -> DataLoader[K, V]:
        """The loader that batches `load` for this request: one query, however many ask."""
        if load not in self._loaders:

            async def batch(keys: list[K]) -> Sequence[V]:
                return await load(self, keys)

            self._loaders[load] = DataLoader(load_fn=batch)
        return self._loaders[load]


Info: TypeAlias = StrawberryInfo[Context, None]
