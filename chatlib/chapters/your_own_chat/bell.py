"""The notification bell: people come, miss something, come back, and use two devices."""

from __future__ import annotations

from chatlib.driving.drive_program import Case, Drive
from chatlib.driving.driven_client import ERROR, DrivenClient

BAD: tuple[object, ...] = (
    "halo",
    [],
    {"type": "ring"},
    {"type": "notify", "text": "to nobody"},
    {"type": "notify", "to": "Budi", "text": 7},
    {"type": "notify", "to": "Budi", "text": ""},
    {"type": "seen", "id": "one"},
)


async def _hello(client: DrivenClient, *missed: str, name: str = "") -> list[int]:
    """Say hello; return the ids of what was missed, which comes right after the welcome."""
    name = name or client.name
    await client.send({"type": "hello", "name": name})
    await client.receives({"type": "welcome", "name": name, "missed": len(missed)})
    return [await _hears(client, text) for text in missed]


async def _hears(client: DrivenClient, text: str) -> int:
    """Receive a notification, and return its id."""
    wanted = {"type": "notification", "id": int, "from": "Ana", "text": text}
    return int((await client.receives(wanted))["id"])


async def _notify(ana: DrivenClient, to: str, *texts: str) -> list[int]:
    """Send notifications, and return their ids."""
    ids = []
    for text in texts:
        await ana.send({"type": "notify", "to": to, "text": text})
        sent = await ana.receives({"type": "sent", "id": int, "to": to})
        ids.append(int(sent["id"]))
    return ids


async def _rings(drive: Drive) -> None:
    drive.hint = (
        "A notification goes to the connections of one name, and its sender is told the same id."
    )
    async with (
        drive.client("Ana") as ana,
        drive.client("Budi") as budi,
        drive.client("Citra") as citra,
    ):
        for client in (ana, budi, citra):
            await _hello(client)
        (number,) = await _notify(ana, "Budi", "Halo, Budi!")
        heard = await _hears(budi, "Halo, Budi!")
        drive.expect(heard == number, f"Ana was told the id {number}, and Budi got {heard}.")
        await budi.send({"type": "seen", "id": number})
        for client in (ana, budi, citra):
            await client.hears_nothing()


async def _answers_bad_messages(drive: Drive) -> None:
    drive.hint = (
        "What is not in the table gets an error, and the connection stays. Before hello, "
        "only hello is in it."
    )
    async with drive.client("Dewi") as dewi:
        early = {"type": "notify", "to": "Budi", "text": "before hello"}
        for bad in (early, {"type": "hello"}, {"type": "hello", "name": ""}, "halo"):
            await dewi.send(bad)
            await dewi.receives(ERROR)
        await _hello(dewi)
        for message in BAD:
            await dewi.send(message)
            await dewi.receives(ERROR)


async def _missed(drive: Drive) -> None:
    drive.hint = (
        "Keep what is for somebody who is not here, and send it in its order right after "
        "the welcome."
    )
    async with drive.client("Ana") as ana, drive.client("Eko") as eko:
        await _hello(ana)
        ids = await _notify(ana, "Eko", "one", "two", "three")
        heard = await _hello(eko, "one", "two", "three")
        drive.expect(heard == ids, f"Ana was told the ids {ids}, and Eko got {heard}.")
        await eko.hears_nothing()


async def _seen(drive: Drive) -> None:
    drive.hint = (
        "Forget a notification when its receiver says seen, and not before: sent is not yet seen."
    )
    async with drive.client("Ana") as ana:
        await _hello(ana)
        async with drive.client("Fitri") as fitri:
            await _hello(fitri)
            first, _ = await _notify(ana, "Fitri", "seen", "not seen")
            await _hears(fitri, "seen")
            await _hears(fitri, "not seen")
            await fitri.send({"type": "seen", "id": first})
            await fitri.hears_nothing()
            await fitri.close()
        for _ in range(2):
            async with drive.client("Fitri") as fitri:
                await _hello(fitri, "not seen")


async def _not_yours(drive: Drive) -> None:
    async with (
        drive.client("Ana") as ana,
        drive.client("Gita") as gita,
        drive.client("Hadi") as hadi,
    ):
        await _hello(ana)
        await _hello(hadi)
        drive.hint = "One counter gives the ids of all notifications, whoever they are for."
        (number,) = await _notify(ana, "Gita", "only for Gita")
        (other,) = await _notify(ana, "Hadi", "only for Hadi")
        drive.expect(number != other, f"Gita's notification has the id {number}, and so has his.")
        await _hears(hadi, "only for Hadi")
        drive.hint = "Look for the id among the notifications of this name only."
        await hadi.send({"type": "seen", "id": number})
        await hadi.receives(ERROR)
        await _hello(gita, "only for Gita")


async def _two_devices(drive: Drive) -> None:
    drive.hint = "Keep a set of connections for each name, and take out only the one that ends."
    async with drive.client("Ana") as ana, drive.client("Intan's laptop") as laptop:
        await _hello(ana)
        await _hello(laptop, name="Intan")
        for leave in (DrivenClient.close, DrivenClient.cut_off):
            async with drive.client("Intan's phone") as phone:
                await _hello(phone, name="Intan")
                (number,) = await _notify(ana, "Intan", "for both")
                for device in (phone, laptop):
                    await _hears(device, "for both")
                await phone.send({"type": "seen", "id": number})
                await phone.hears_nothing()
                await leave(phone)
        await _notify(ana, "Intan", "for the laptop")
        await _hears(laptop, "for the laptop")


CASES: dict[str, Case] = {
    "a notification reaches one person": _rings,
    "a bad message is answered with an error": _answers_bad_messages,
    "what was missed comes later, in order": _missed,
    "what was seen does not come again": _seen,
    "nobody can mark what belongs to another": _not_yours,
    "a phone and a laptop of one person": _two_devices,
}
