from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import InputError
from index.readers import date_in_path
from index.readers.dates import loose_date


@pytest.mark.parametrize(
    "source",
    [
        "2022-04-14.txt",
        "2022-4-14/page.txt",
        "paper_20220414.pdf",
        "20220414/01.txt",
        "rmrb20220414.txt",  # letters before it, but no hexadecimal number
        "2022_04/14.txt",
        "2022/04/14/a.txt",
        "202204/14/a.txt",
        "2022.04.14.txt",
        "2022 04 14.txt",
        "日报2022年4月14日第3版.txt",
        "日报 2022 年 04 月 14 日.txt",
        "2022/2022-04-14/3.txt",
        "20220414/2022-04-14_2.txt",  # the same day twice
    ],
)
def test_a_date_is_found(source: str) -> None:
    assert date_in_path(source) == "2022-04-14"


@pytest.mark.parametrize(
    "source",
    [
        "a.txt",
        "2022-04.txt",
        "2022-02-30.txt",  # no such day
        "20221314.txt",
        "1799-12-31.txt",
        "2101-01-01.txt",
        "120220414.txt",
        "202204141.txt",
        "20220414123000.txt",
        "3fa20220414bc.txt",  # part of a hash
        "20220414b.txt",
        "000_b90420220414a167.txt",
        "20220414-1a2b-4c3d-8e9f-0123456789ab.txt",
        "2022-04-14/2022-04-15.txt",  # two days
        "2022/04/1.txt",  # the first file of April, or the first of April?
        "12022-04-14.txt",
    ],
)
def test_no_date_is_made_up(source: str) -> None:
    assert date_in_path(source) is None


@given(
    st.dates(date(1800, 1, 1), date(2100, 12, 31)),
    st.sampled_from(["%Y-%m-%d", "%Y%m%d", "%Y_%m/%d", "%Y/%m/%d", "%Y年%m月%d日"]),
    st.sampled_from(["", "日报/", "page_", "x/y "]),
)
def test_every_day_is_found_in_every_form(day: date, form: str, before: str) -> None:
    written = form.replace("%Y", f"{day.year:04}").replace("%m", f"{day.month:02}")
    written = written.replace("%d", f"{day.day:02}")
    assert date_in_path(f"{before}{written}.txt") == day.isoformat()


def test_dates_of_tables() -> None:
    for written in ("2022-04-14", "2022/4/14", "20220414", "2022年4月14日", "2022-04-14T08:30"):
        assert loose_date(written) == "2022-04-14"
    assert loose_date("2022/4/14 08:30") == "2022-04-14"
    assert loose_date("") is None and loose_date(None) is None
    for written in ("14.4.2022", "4/14/2022", "2022/13/1", "April 14"):
        with pytest.raises(InputError, match="YYYY-MM-DD"):
            loose_date(written)
