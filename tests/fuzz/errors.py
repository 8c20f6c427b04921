"""The exceptions of generated programs that are no builtins: they are found by module and name when they are raised."""


class Trouble(ValueError):
    def __init__(self, text: str, code: int = 0) -> None:
        super().__init__(text, code)
        self.code = code


class Lost(LookupError):
    def __str__(self) -> str:
        return f"lost: {self.args[0]}"
