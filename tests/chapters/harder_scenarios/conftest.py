"""What holds for the drivers holds for each check of the chapter."""

from tests.driving.conftest import no_program_is_left

__all__ = ["no_program_is_left"]
