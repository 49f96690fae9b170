"""Rules over declared facts: one small typed tree, checked once, asked in SQL or in Python.

A comparison with an unknown fact is false, whatever the operator, and `not` of it is therefore
true; `is_known` asks. Both backends keep to that, and a value of another type than the declared one
is unknown to both.
"""

from kit.predicates.checking import Checked, check
from kit.predicates.choices import require_choices
from kit.predicates.compiling import Accessors, compile_predicate, compile_predicates
from kit.predicates.explaining import explain
from kit.predicates.inferring import inferred_types
from kit.predicates.sql import Columns, Members, json_value, to_sql
from kit.predicates.tree import AllOf, AnyOf, Compare, Count, Not, Operator, Predicate, Sum, parse
from kit.predicates.values import FactType
from kit.predicates.vocabulary import Vocabulary
from kit.predicates.wording import describe

__all__ = [
    "Accessors",
    "AllOf",
    "AnyOf",
    "Checked",
    "Columns",
    "Compare",
    "Count",
    "FactType",
    "Members",
    "Not",
    "Operator",
    "Predicate",
    "Sum",
    "Vocabulary",
    "check",
    "compile_predicate",
    "compile_predicates",
    "describe",
    "explain",
    "inferred_types",
    "json_value",
    "parse",
    "require_choices",
    "to_sql",
]
