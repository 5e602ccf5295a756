"""Only this computer gets in without a password."""

import socket

import pytest

from rag.serve import address
from rag.serve.address import AddressError, allowed_hosts, listen, url


def check_exposure(host, secret):
    address.check_exposure(host, secret, variable="RAG_PASSWORD", shortest=8)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "example.org"])
def test_other_computers_need_a_password(host):
    with pytest.raises(AddressError, match="RAG_PASSWORD"):
        check_exposure(host, None)
    check_exposure(host, "secrets!")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_this_computer_needs_none(host):
    check_exposure(host, None)


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_short_password_is_refused(host):
    with pytest.raises(AddressError, match="RAG_PASSWORD is too short: .* at least 8 characters"):
        check_exposure(host, "seven77")
    check_exposure(host, "八个字的密码够了")


def test_a_busy_port_is_told():
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(AddressError, match=f"port {port} is in use; .*--port"):
            listen("127.0.0.1", port)


def test_an_address_of_another_computer_is_told():
    with pytest.raises(AddressError, match="--host"):
        listen("203.0.113.7", 0)


def test_a_name_that_does_not_exist_is_told(monkeypatch):
    def unknown(*_args, **_options):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(AddressError, match="Name or service not known"):
        listen("nowhere.invalid", 80)


def test_hosts_and_addresses():
    assert allowed_hosts("127.0.0.1") == ("127.0.0.1", "localhost", "::1", "[::1]")
    assert allowed_hosts("192.168.1.4")[-1] == "192.168.1.4"
    assert allowed_hosts("0.0.0.0") == ("*",)
    assert url("::1", 80) == "http://[::1]:80"
    assert url("127.0.0.1", 7860) == "http://127.0.0.1:7860"
