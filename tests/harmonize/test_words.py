from harmonize.words import listed, plural, some


def test_counts_and_lists_read_as_sentences_do() -> None:
    assert [plural(n, "strategy") for n in (0, 1, 2)] == ["0 strategies", "1 strategy", "2 strategies"]
    assert listed(["a", "b"]) == "a and b"
    assert some("abcd", 4) == "a, b, c, d"
    assert some("abcde", 4, apart="; ") == "a; b; c; d and 1 more"
