"""A chat's cost, measured with few, and what it means for many."""

import sys

import pytest

from chatlib.chapters.beyond_one_server import calculator, chat_programs
from chatlib.chapters.beyond_one_server.calculator import (
    ChatCosts,
    measure_costs,
    plan,
    plan_table,
)

COSTS = ChatCosts(300, memory=20_000, cpu=1e-5, wire=100, rate=1.0, share=0.1)


async def test_costs_are_measured(lab, monkeypatch):
    monkeypatch.setattr(calculator, "ROOM", 20)
    costs = await measure_costs(lab, members=40, texts=10, every=0.005)
    assert costs.members == 40 and costs.cpu >= 0
    assert 100 < costs.wire < 200  # a text of 40 characters in JSON, and the frame's header
    assert str(costs).startswith("With 40 members: ")


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")
async def test_the_server_is_measured_and_not_what_started_it(lab, monkeypatch, tmp_path):
    """As in an environment of Windows, where python.exe starts the real one."""
    launcher = tmp_path / "python"
    launcher.write_text(f'#!/bin/sh\n"{sys.executable}" "$@"\nexit $?\n', encoding="utf-8")
    launcher.chmod(0o755)
    monkeypatch.setattr(chat_programs.sys, "executable", str(launcher))
    monkeypatch.setattr(calculator, "ROOM", 20)
    costs = await measure_costs(lab, members=40, texts=50, every=0.005)
    assert costs.memory > 0 and costs.cpu > 0


def test_deliveries_count_the_room():
    small, big = (plan(COSTS, 10**6, room=room, per_minute=1) for room in (30, 300))
    assert small.deliveries == pytest.approx(500_000)
    assert big.deliveries == pytest.approx(10 * small.deliveries)
    # Nobody is in a room with more people than there are.
    assert plan(COSTS, 10, room=30, per_minute=6).deliveries == pytest.approx(10)


@pytest.mark.parametrize(
    ("options", "short"),
    [
        ({}, "connections"),
        ({"connections": 10**7, "memory": 1e12}, "processor"),
        ({"connections": 10**7, "busy": 1000.0, "memory": 1e9}, "memory"),
        ({"connections": 10**7, "busy": 1000.0, "network": 1e6}, "network"),
    ],
)
def test_what_is_short_first(options, short):
    assert plan(COSTS, 10**6, room=30, per_minute=1, **options).short == short


def test_a_table_of_plans():
    plans = [plan(COSTS, 10**power, room=30, per_minute=1) for power in (3, 6)]
    assert [each.servers for each in plans] == [1, 50]
    shown = str(plan_table(plans, "Rooms of 30"))
    assert "nothing: one server is enough" in shown and "500,000" in shown
