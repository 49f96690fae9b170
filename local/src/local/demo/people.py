"""Customers who could be real: seeded, in the columns of the telecom mapping."""

import csv
import random
from pathlib import Path

COLUMNS = [
    "customerID",
    "gender",
    "SeniorCitizen",
    "Partner",
    "Dependents",
    "tenure",
    "PhoneService",
    "MultipleLines",
    "InternetService",
    "OnlineSecurity",
    "OnlineBackup",
    "DeviceProtection",
    "TechSupport",
    "StreamingTV",
    "StreamingMovies",
    "Contract",
    "PaperlessBilling",
    "PaymentMethod",
    "MonthlyCharges",
    "TotalCharges",
    "Churn",
]
EXTRAS = ("OnlineSecurity", "OnlineBackup", "DeviceProtection", "TechSupport", "StreamingTV")
PAYMENTS = (
    "Electronic check",
    "Mailed check",
    "Bank transfer (automatic)",
    "Credit card (automatic)",
)


def write_people(path: Path, count: int, seed: str) -> None:
    """A file of `count` customers; the same seed makes the same people."""
    chance = random.Random(seed)  # noqa: S311  # people, not secrets
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for number in range(1, count + 1):
            writer.writerow(person(chance, f"{seed}-{number:05d}"))


def person(chance: random.Random, number: str) -> dict[str, str]:
    """One line: long contracts stay, short ones with dear internet leave more often."""
    internet = chance.choices(["DSL", "Fiber optic", "No"], [34, 44, 22])[0]
    contract = chance.choices(["Month-to-month", "One year", "Two year"], [55, 21, 24])[0]
    tenure = chance.randint(0, 12) if contract == "Month-to-month" else chance.randint(12, 72)
    phone = internet == "No" or chance.random() < 0.88
    monthly = round({"DSL": 45, "Fiber optic": 75, "No": 20}[internet] + chance.uniform(0, 30), 2)
    leaves = chance.random() < (0.3 if contract == "Month-to-month" else 0.06)
    none = "No internet service"
    return {
        "customerID": number,
        "gender": chance.choice(["Female", "Male"]),
        "SeniorCitizen": str(int(chance.random() < 0.16)),
        "Partner": _yes(chance, 0.48),
        "Dependents": _yes(chance, 0.3),
        "tenure": str(tenure),
        "PhoneService": "Yes" if phone else "No",
        "MultipleLines": _yes(chance, 0.45) if phone else "No phone service",
        "InternetService": internet,
        **{extra: none if internet == "No" else _yes(chance, 0.4) for extra in EXTRAS},
        "StreamingMovies": none if internet == "No" else _yes(chance, 0.4),
        "Contract": contract,
        "PaperlessBilling": _yes(chance, 0.59),
        "PaymentMethod": chance.choice(PAYMENTS),
        "MonthlyCharges": f"{monthly:.2f}",
        "TotalCharges": f"{monthly * tenure:.2f}" if tenure else " ",
        "Churn": "Yes" if leaves else "No",
    }


def _yes(chance: random.Random, share: float) -> str:
    return "Yes" if chance.random() < share else "No"
