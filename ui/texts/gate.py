"""What the door says: the page that asks for the password, and refusals."""

from dataclasses import dataclass


@dataclass(frozen=True)
class GateTexts:
    """The words of one language; `{seconds}` is filled in by whoever shows them."""

    title: str
    invitation: str
    password: str
    enter: str
    wrong: str
    locked: str
    signed_out: str
    foreign: str
    too_large: str
    too_fast: str
    full: str
    absent: str


GATE: dict[str, GateTexts] = {
    "en": GateTexts(
        title="引证 Yinzheng",
        invitation="This archive is open to readers who know its password.",
        password="Password",
        enter="Open the archive",
        wrong="That is not the password. Please try again.",
        locked="Too many attempts. Please try again in {seconds} s.",
        signed_out="You are signed out. Reload the page and enter the password again.",
        foreign="This request came from another site and was refused.",
        too_large="This is too long to be sent.",
        too_fast="That was a great many questions. Please ask again in {seconds} s.",
        full="Too many questions wait already. Please ask again in a moment.",
        absent="There is nothing at this address.",
    ),
    "zh-CN": GateTexts(
        title="引证 Yinzheng",
        invitation="本资料库凭密码阅览。",
        password="密码",
        enter="进入",
        wrong="密码不对，请重新输入。",
        locked="尝试次数过多，请在 {seconds} 秒后再试。",
        signed_out="登录已失效。请刷新页面，重新输入密码。",
        foreign="这个请求来自其他网站，已被拒绝。",
        too_large="内容太长，无法发送。",
        too_fast="提问过于频繁，请在 {seconds} 秒后再问。",
        full="排队的问题太多，请稍后再问。",
        absent="这个地址没有内容。",
    ),
    "zh-TW": GateTexts(
        title="引證 Yinzheng",
        invitation="本資料庫須輸入密碼方可閱覽。",
        password="密碼",
        enter="進入",
        wrong="密碼不正確，請重新輸入。",
        locked="嘗試次數過多，請在 {seconds} 秒後再試。",
        signed_out="登入已失效。請重新整理頁面，再次輸入密碼。",
        foreign="這個請求來自其他網站，已遭拒絕。",
        too_large="內容太長，無法送出。",
        too_fast="提問過於頻繁，請在 {seconds} 秒後再問。",
        full="排隊的問題太多，請稍後再問。",
        absent="這個網址沒有內容。",
    ),
}
