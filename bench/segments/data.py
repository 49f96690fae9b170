"""Customers by the hundred thousand, and the rules asked of them."""

import random
from typing import Any, Final

ID: Final = (
    "(lpad(to_hex(1760000000000 + n), 12, '0') || '70008000' || lpad(to_hex(n), 12, '0'))::uuid"
)
"""In the order of their making, as the platform's own ids are."""

FILL: Final = (
    """
    INSERT INTO customer (id, created_at, version, kind, status, name, unit, time_zone,
        sampling_key, attributes, identifiers, tags, holdings, consents, special_lists)
    SELECT {id}, now(), 1, 'individual',
        CASE WHEN n % 5 = 0 THEN 'prospect' ELSE 'active' END, 'Customer ' || n,
        'hq.p' || n % 10 || '.c' || n % 97, 'Asia/Shanghai', substr(md5(n::text), 1, 16),
        jsonb_build_object('age', n % 80, 'arpu', (n::bigint * 7919 % 30000) / 100.0, 'city', 'c' || n % 50),
        jsonb_build_array(jsonb_build_object('scheme', 'crm', 'value', 'C' || n)),
        CASE WHEN n % 3 = 0 THEN '[{"tag":"vip","source":"import","expires_at":null}]'::jsonb
            ELSE '[]' END,
        jsonb_build_array(jsonb_build_object('product_code', 'plan-' || n % 20, 'since',
            '2025-01-01T00:00:00+00:00', 'until', null, 'source', 'import', 'order_id', null)),
        jsonb_build_array(jsonb_build_object('purpose', 'marketing', 'channel_kind', null,
            'granted', n % 4 > 0, 'since', '2025-01-01T00:00:00+00:00')),
        '[]'
    FROM generate_series({first}, {last}) AS n
    """,
    """
    INSERT INTO activity_day (customer_id, measure, day, total)
    SELECT {id}, measure, current_date - 1 - n % 60, 1 + n % 3
    FROM generate_series({first}, {last}) AS n,
        unnest(ARRAY['touchpoint.opened', 'order', 'spent.CNY']) AS measure
    """,
)

DECLARE: Final = (
    "INSERT INTO attribute_definition (id, created_at, name, type, description, declared_by, "
    "personal, classified_by) "
    "SELECT gen_random_uuid(), now(), name, type, '', 'bench', name = 'city', 'bench' "
    "FROM (VALUES ('age', 'whole'), ('arpu', 'decimal'), ('city', 'text')) AS given (name, type)"
)

HANDWRITTEN: Final = """
    SELECT count(*) FROM customer
    WHERE status = 'active' AND ((attributes->>'arpu')::numeric >= 150
            OR tags @> '[{"tag":"vip"}]')
        AND NOT coalesce((SELECT sum(total) FROM activity_day WHERE customer_id = customer.id
            AND measure = 'touchpoint.opened' AND day >= current_date - 29), 0) >= 2
"""
"""What a preview asks, of everybody, by somebody who knows the tables."""

TAG_RULE: Final[dict[str, Any]] = {
    "count": {"event": "touchpoint.visited", "withinDays": 30, "operator": "AT_LEAST", "value": 3}
}


def preview_rule(chance: random.Random) -> dict[str, Any]:
    """Three nested conditions."""
    arpu = {"fact": "attribute.arpu", "operator": "AT_LEAST"}
    opened = {"event": "touchpoint.opened", "operator": "AT_LEAST", "value": chance.randint(1, 3)}
    return {
        "all": [
            {"compare": {"fact": "status", "operator": "EQUALS", "value": {"text": "active"}}},
            {
                "any": [
                    {"compare": arpu | {"value": {"number": chance.randint(50, 290)}}},
                    {"compare": {"fact": "tags", "operator": "CONTAINS", "value": {"text": "vip"}}},
                ]
            },
            {"not": {"count": opened | {"withinDays": chance.randint(10, 60)}}},
        ]
    }


def other_rules(many: int) -> dict[str, dict[str, Any]]:
    """Segments by city and age, which touchpoints leave alone."""
    return {
        f"city-{number}": {
            "all": [
                {
                    "compare": {
                        "fact": "attribute.city",
                        "operator": "EQUALS",
                        "value": {"text": f"c{number % 50}"},
                    }
                },
                {
                    "compare": {
                        "fact": "attribute.age",
                        "operator": "EQUALS",
                        "value": {"number": number % 80},
                    }
                },
            ]
        }
        for number in range(many)
    }
