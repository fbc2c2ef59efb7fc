"""The showcase's jobs as their bodies: called directly, without a broker, with `sleep` out of the
way.
"""

from __future__ import annotations

from unittest.mock import call, patch

import pytest

from showcase.tasks import long_process, my_task, user_task


def test_user_task_success() -> None:
    with patch("showcase.tasks.sleep") as mock_sleep:
        result = user_task.run(False)

    assert result is True
    mock_sleep.assert_called_once_with(7)


def test_user_task_failure() -> None:
    with (
        patch("showcase.tasks.sleep"),
        pytest.raises(ValueError, match="An error occurred in user_task"),
    ):
        user_task.run(True)


def test_user_task_lets_chance_decide_when_nothing_is_given() -> None:
    with patch("showcase.tasks.sleep"), patch("showcase.tasks.random.choice") as choice:
        choice.return_value = False
        succeeded = user_task.run()
        choice.return_value = True
        with pytest.raises(ValueError, match="An error occurred"):
            user_task.run()

    assert succeeded is True
    assert choice.call_args == call([True, False])


def test_my_task_says_how_long_it_took() -> None:
    with patch("showcase.tasks.sleep") as mock_sleep:
        result = my_task.run(10)

    assert result == "Задача выполнена за 10 секунд!"
    mock_sleep.assert_called_once_with(10)


def test_long_process_prints_a_line_for_each_second(capsys: pytest.CaptureFixture[str]) -> None:
    with patch("showcase.tasks.sleep") as mock_sleep:
        long_process.run(3)

    assert capsys.readouterr().out.splitlines() == [
        "Running for 0 seconds...",
        "Running for 1 seconds...",
        "Running for 2 seconds...",
    ]
    assert mock_sleep.call_args_list == [call(1)] * 3


def test_a_plain_call_runs_the_body_in_this_process() -> None:
    with patch("showcase.tasks.sleep"):
        assert my_task(2) == "Задача выполнена за 2 секунд!"
