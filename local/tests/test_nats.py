from pathlib import Path

import nats

from local.nats import NatsServer


async def test_an_acknowledged_message_is_there_after_the_server_was_killed(
    tmp_path: Path,
) -> None:
    with NatsServer(tmp_path / "nats") as server:
        client = await nats.connect(server.url)
        await client.jetstream().add_stream(name="PROMISES", subjects=["promise.>"])
        await client.jetstream().publish("promise.given", b"kept")
        await client.close()

        server.kill()
        server.start()

        client = await nats.connect(server.url)
        message = await client.jetstream().get_msg("PROMISES", seq=1)
        await client.close()
    assert message.data == b"kept"


def test_every_message_is_synced_to_disk_unless_told_otherwise(tmp_path: Path) -> None:
    NatsServer(tmp_path / "durable").prepare()
    NatsServer(tmp_path / "forgetful", fsync=False).prepare()

    assert "sync_interval: always\n" in (tmp_path / "durable" / "nats.conf").read_text()
    assert "sync_interval: 2m\n" in (tmp_path / "forgetful" / "nats.conf").read_text()
