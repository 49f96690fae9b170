"""A file of bad lines and little else: how fast it is through, in how much memory."""

import resource
import tempfile
import time
from pathlib import Path

from bench.customers.importing import service
from local.importing.files import source
from local.importing.transfer import transfer

GOOD_EVERY = 100_000
SPOILT = (
    "no-columns",
    ",Yes,1,,,,,,,,,,,,,,,,,,maybe",
    '"an open quote,Yes',
    "B-{n}\0,Yes",
    "=cmd|' /C calc'!A0,a,b",
)
HEADER = (
    "customerID,gender,SeniorCitizen,Partner,Dependents,tenure,PhoneService,MultipleLines,"
    "InternetService,OnlineSecurity,OnlineBackup,DeviceProtection,TechSupport,StreamingTV,"
    "StreamingMovies,Contract,PaperlessBilling,PaymentMethod,MonthlyCharges,TotalCharges,Churn"
)
GOOD = (
    "GOOD-{n},Female,0,Yes,No,1,No,No phone service,DSL,No,Yes,No,No,No,No,Month-to-month,Yes,"
    "Electronic check,29.85,29.85,No"
)


async def bad_lines(count: int) -> dict[str, float]:
    """Lines a second, the peaks of memory of the two that move them, and what is kept of them."""
    with tempfile.TemporaryDirectory(prefix="octoreach-spoilt-") as name:
        path = Path(name) / "spoilt.csv"
        good = _write(path, count)
        with service(Path(name)) as (doors, _, process):
            before = _megabytes(process)
            begun = time.perf_counter()
            done = await transfer(doors, "customer", source(path, None, "telco_customers"), _silent)
            seconds = time.perf_counter() - begun
            after = _megabytes(process)
            await doors.client.aclose()
    if (done.counts["registered"], done.counts["rejected"]) != (good, count - good):
        raise AssertionError(done.counts)
    client = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_000
    return {
        "bad_lines_per_second": count / seconds,
        "bad_lines_service_megabytes_more": after - before,
        "bad_lines_client_peak_megabytes": client,
    }


def _write(path: Path, count: int) -> int:
    good = 0
    with path.open("w", newline="") as file:
        file.write(HEADER + "\n")
        for n in range(count):
            is_good = n % GOOD_EVERY == 0
            good += is_good
            file.write((GOOD if is_good else SPOILT[n % len(SPOILT)]).format(n=n) + "\n")
    return good


def _megabytes(process: int) -> float:
    """The most memory it ever had."""
    status = Path(f"/proc/{process}/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(peak.split()[1]) / 1_000


def _silent(_: int) -> None:
    """A bench shows no progress: it is over soon."""
