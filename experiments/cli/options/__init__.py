"""Options that several commands have, each in one place; decorators that compose."""
