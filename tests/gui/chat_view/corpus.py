"""Markdown that has gone wrong somewhere, for the tests of the conversation view."""

from __future__ import annotations

PYTHON = '''def search(items: list[int], target: int) -> int:
    """Half-open range.

    Returns the index, or -1.
    """
    lo, hi = 0, len(items)
    while lo < hi:
        mid = lo + (hi - lo) // 2
        if items[mid] < target:
            lo = mid + 1
        else:
            hi = mid
    return lo if lo < len(items) and items[lo] == target else -1'''

ANSWER = f"""Halve the range until **one place** is left; a *million* items need at most 20 comparisons.

```python
{PYTHON}
```

The midpoint is `lo + (hi - lo) // 2` because the sum of two large indices can exceed a fixed-width integer.

## What it costs

| n | comparisons | linear |
|:--|--:|:-:|
| 1,000 | 10 | 1,000 |
| 1,000,000 | 20 | 1,000,000 |

1. Sort the items once.
2. Keep a half-open range:
   - `lo` is the first place still possible,
   - `hi` is one past the last.
3. Halve it:

   ```sh
   python -m timeit "search(items, 7)"
   ```

   and measure.

> Premature optimisation is the root of all evil.
> See [the paper](https://example.org/knuth "Knuth").

---

That is ~~magic~~ arithmetic.
"""

CORPUS = [
    ANSWER,
    "plain",
    "",
    "two\nlines\n\nand a paragraph",
    "Setext\n======\n\ntext\nmore\n---\nend",
    "- a\n- b\n\n- c loose\n\n  second paragraph\n- d\n\nafter",
    "* a\n  * b\n    * c\n      1. d\n      2. e\n* f\n",
    "3. three\n4. four\n5. five\n\ntext\n\n1. again\n",
    "0. zero\n1. one",
    "- a\n-\n- c\n---\nrule above",
    "- a\n--\n",
    "~~~\ntilde ``` inside\n~~~\nafter",
    "````md\n```py\nx\n```\n````\n",
    "```unclosed\nfn main() {\n",
    "```",
    "``` js\r\nlet a = 1\r\n```\r\ntext\r\nmore",
    "   ```\n   indented\n     more\n   ```\n",
    "    indented code\n\n    more\n\ntext",
    "> quote\nlazy\n\n> - list\n>   in quote\n>\n> ```c\n> int x;\n> ```\n",
    "[ref] and [other][ref]\n\n[ref]: https://example.org/x\n\nmore [ref]",
    "[early]: https://example.org\n\nuse [early] here",
    "| a | b |\n|---|---|\n| 1 | 2 |\ntext right after\n\n| not | table |\n",
    "text\n| a | b |\n|--|--|\n| `x` | **y** |\n\nend",
    "| n |\n|---|\n" + "".join(f"| row {i} |\n" for i in range(130)) + "\nafter",
    "| n |\n|---|\n" + "".join(f"| row {i} |\n" for i in range(41)),
    "# h1\n## h2\n### h3\n#### h4\n##### h5\n###### h6\n#nothash\n",
    "a hard  \nbreak and \\\nanother, `code\nspan`",
    "<script>alert(1)</script>\n\n<b>bold</b> & &amp; &lt;i&gt;",
    "[x](javascript:alert(1)) [y](file:///etc/passwd) [z](data:text/html,x) [w](HTTP://Example.org) ![i](https://e.org/a.png)",
    "https://example.org/path?a=b. And http://x.y) end",
    "emoji 👩‍👩‍👧 and 日本語 and עברית and \u202eevil\u202c",
    "- [ ] task\n- [x] done\n",
    "* * *\n- - -\n_ _ _\n",
    "1) a\n2) b\n1. c\n",
    "- a\n - b\n  - c\n   - d\n    - e\n",
    "word " * 3000,
    "x" * 9000,
    "\n\n\n  \n\ttab\n",
]
