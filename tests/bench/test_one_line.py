import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
NOISY = """
import subprocess, sys, types
import structlog
import bench.__main__
from bench.report import Report

def main(arguments):
    sys.stdout.write(f"printed with {arguments}\\n")
    structlog.get_logger().info("logged_as_nothing_was_configured")
    subprocess.run([sys.executable, "-c", "print('by a child')"], check=True)
    return Report(name="by-id", data={}, figures={"p99_ms": 1.5}, limits={}, ratios={})

sys.modules["bench.by_id"] = types.SimpleNamespace(main=main)
sys.exit(bench.__main__.main())
"""


def run(*program):
    return subprocess.run([sys.executable, *program], cwd=ROOT, capture_output=True, text=True)


def test_a_bench_prints_one_line_of_json_and_tells_everything_else_beside_it():
    told = run("-c", NOISY, "by-id", "--seconds", "1")

    assert told.returncode == 0, told.stderr
    assert [json.loads(line) for line in told.stdout.splitlines()] == [
        {"name": "by-id", "data": {}, "figures": {"p99_ms": 1.5}, "limits": {}, "ratios": {}}
    ]
    for noise in ("printed with ['--seconds', '1']", "logged_as_nothing", "by a child"):
        assert noise in told.stderr


def test_what_benches_share_is_no_bench():
    told = run("-m", "bench", "pgbench")

    assert (told.returncode, told.stdout) == (2, "")
    assert "There is no bench pgbench; there are: " in told.stderr
