"""A click reaches the chat in whichever thread or loop the kernel runs its callback.

JupyterLab sends the messages of widgets over subshells, if the kernel has them. What a subshell
does with a callback differs between versions of ipykernel.
"""

import asyncio
from typing import Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.manager import start_new_async_kernel

START = """
from chatlib import Lab
lab = await Lab.start()
ana, budi = lab.panel("Ana"), lab.panel("Budi")
await ana.connected()
await budi.connected()
"""
SECONDS = 30


async def run(client: AsyncKernelClient, code: str, **expressions: str) -> dict[str, str]:
    """Run a cell; return the text of some expressions."""
    async with asyncio.timeout(SECONDS):
        reply = await client.execute(code, reply=True, user_expressions=expressions)
    assert reply["content"]["status"] == "ok", reply["content"]
    values = reply["content"]["user_expressions"]
    return {name: values[name]["data"]["text/plain"].strip("'") for name in expressions}


async def subshell(client: AsyncKernelClient) -> str | None:
    """Make a subshell, if this version of ipykernel has them; return its id."""
    async with asyncio.timeout(SECONDS):
        features = (await client.kernel_info(reply=True))["content"].get("supported_features", [])
        if "kernel subshells" not in features:
            return None
        request = client.session.msg("create_subshell_request")
        client.control_channel.send(request)
        while True:
            reply = await client.control_channel.get_msg()
            if reply["msg_type"] == "create_subshell_reply":
                return str(reply["content"]["subshell_id"])


def click(client: AsyncKernelClient, panel: str, subshell_id: str | None, **message: Any) -> None:
    """Send what the panel's front end sends, the way JupyterLab does."""
    data = {"method": "custom", "content": message}
    sent = client.session.msg("comm_msg", {"comm_id": panel, "data": data})
    if subshell_id is not None:
        sent["header"]["subshell_id"] = subshell_id
    client.shell_channel.send(sent)


async def test_a_click_is_heard_in_the_other_panel_while_no_cell_runs_and_while_one_waits():
    manager, client = await start_new_async_kernel(kernel_name="python3")
    try:
        ids = await run(client, START, ana="ana.model_id", budi="budi.model_id")
        other = await subshell(client)
        click(client, ids["ana"], other, kind="say", id="1", text="between two cells")
        await run(client, 'await budi.heard("between two cells")')
        click(client, ids["budi"], other, kind="say", id="2", text="to a cell that waits")
        await run(client, 'await ana.heard("to a cell that waits")')
        click(client, ids["ana"], other, kind="close")
        await run(client, "await ana.closed()")
        errors = await run(client, "await lab.stop()", ana="ana.error", budi="budi.error")
        assert errors == {"ana": "", "budi": ""}
    finally:
        client.stop_channels()
        await manager.shutdown_kernel(now=True)
