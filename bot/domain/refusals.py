"""Why a document or a link is not read: one sentence each, in both languages."""

from collections.abc import Mapping
from enum import StrEnum

from bot.domain.language import Language


class Why(StrEnum):
    """The reasons; a parser in another process names them by their values."""

    LYING = "lying"
    OLD_OFFICE = "old-office"
    ARCHIVE = "archive"
    SCANNED = "scanned"
    PARTLY_SCANNED = "partly-scanned"
    LOCKED = "locked"
    DAMAGED = "damaged"
    BOMB = "bomb"
    CRASHED = "crashed"
    TOO_SLOW = "too-slow"
    TOO_HEAVY = "too-heavy"
    TOO_MUCH_TEXT = "too-much-text"
    NO_TEXT = "no-text"
    TOO_LARGE = "too-large"
    NO_LINK = "no-link"
    CREDENTIALS = "credentials"
    PRIVATE = "private"
    PORT = "port"
    REDIRECTS = "redirects"
    ROBOTS = "robots"
    FORBIDDEN = "forbidden"
    GONE = "gone"
    STATUS = "status"
    CONTENT_TYPE = "content-type"
    LOGIN_PAGE = "login-page"
    TOO_MANY_LINKS = "too-many-links"
    UNKNOWN_HOST = "unknown-host"
    SILENT = "silent"
    DEADLINE = "deadline"
    OVERLOADED = "overloaded"
    VANISHED = "vanished"
    EMPTIED = "emptied"
    BUSY = "busy"
    NO_GIT = "no-git"
    GIT_FAILED = "git-failed"
    GIT_ADDRESS = "git-address"


_SENTENCES: Mapping[Why, tuple[str, str]] = {
    Why.LYING: (
        "{name}: skipped, it is called {named} but holds {found}. Give it its right ending and add it again.",
        "{name}: 건너뛰었습니다. 이름은 {named}인데 내용은 {found}입니다. 확장자를 바로잡아 다시 추가해 주세요.",
    ),
    Why.OLD_OFFICE: (
        "{name}: skipped, this is an Office file of before 2007, or one with a password. "
        "Save it as .docx, .pptx or .xlsx without a password and add it again.",
        "{name}: 건너뛰었습니다. 2007년 이전의 Office 파일이거나 암호가 걸려 있습니다. "
        "암호 없이 .docx, .pptx, .xlsx로 저장해 다시 추가해 주세요.",
    ),
    Why.ARCHIVE: (
        "{name}: skipped, this is an archive. Unpack it and add what is in it.",
        "{name}: 건너뛰었습니다. 압축 파일입니다. 풀어서 안에 든 파일을 추가해 주세요.",
    ),
    Why.SCANNED: (
        "{name}: skipped, all its pages ({pages}) are pictures without text (a scan). "
        "Run it through text recognition, for example ocrmypdf, and add the result.",
        "{name}: 건너뛰었습니다. {pages}쪽 모두 글자가 없는 그림(스캔)입니다. "
        "ocrmypdf 같은 문자 인식을 거친 파일을 추가해 주세요.",
    ),
    Why.PARTLY_SCANNED: (
        "{name}: read in part, for some of its pages ({pages}) are pictures without text (scans).",
        "{name}: {pages}쪽은 글자가 없는 그림(스캔)이어서 나머지만 읽었습니다.",
    ),
    Why.LOCKED: (
        "{name}: skipped, it is locked with a password. Save it without one and add it again.",
        "{name}: 건너뛰었습니다. 암호로 잠겨 있습니다. 암호 없이 저장해 다시 추가해 주세요.",
    ),
    Why.DAMAGED: (
        "{name}: skipped, it is damaged or not quite {kind} ({reason}). Open it in its program, save it anew, "
        "and add it again.",
        "{name}: 건너뛰었습니다. 손상되었거나 올바른 {kind} 파일이 아닙니다({reason}). "
        "해당 프로그램에서 열어 새로 저장한 뒤 다시 추가해 주세요.",
    ),
    Why.BOMB: (
        "{name}: skipped, it would unpack to {unpacked} MB, more than Maru unpacks. Split it and add the parts.",
        "{name}: 건너뛰었습니다. 풀면 {unpacked} MB로, 마루가 푸는 한도를 넘습니다. 나누어 추가해 주세요.",
    ),
    Why.CRASHED: (
        "{name}: skipped, the parser crashed on it. Nothing else is affected; save it anew, or as text, "
        "and add it again.",
        "{name}: 건너뛰었습니다. 읽는 도중 파서가 멈추었습니다. 다른 것에는 영향이 없습니다. "
        "새로 저장하거나 텍스트로 바꾸어 다시 추가해 주세요.",
    ),
    Why.TOO_SLOW: (
        "{name}: skipped, reading it took longer than {seconds} s. Split it, or save it as text, and add it again.",
        "{name}: 건너뛰었습니다. 읽는 데 {seconds}초가 넘게 걸렸습니다. 나누거나 텍스트로 저장해 다시 추가해 주세요.",
    ),
    Why.TOO_HEAVY: (
        "{name}: skipped, reading it needs more than {megabytes} MB of memory. Split it and add the parts.",
        "{name}: 건너뛰었습니다. 읽는 데 메모리가 {megabytes} MB 넘게 필요합니다. 나누어 추가해 주세요.",
    ),
    Why.TOO_MUCH_TEXT: (
        "{name}: skipped, it holds more than the {megabytes} MB of text that Maru reads. Split it and add the parts.",
        "{name}: 건너뛰었습니다. 글이 마루가 읽는 한도({megabytes} MB)보다 많습니다. 나누어 추가해 주세요.",
    ),
    Why.NO_TEXT: (
        "{name}: skipped, there is no text in it.",
        "{name}: 건너뛰었습니다. 글이 없습니다.",
    ),
    Why.TOO_LARGE: (
        "{name}: skipped, it is larger than the {megabytes} MB Maru reads. Split it.",
        "{name}: 건너뛰었습니다. 마루가 읽는 {megabytes} MB보다 큽니다. 나누어 주세요.",
    ),
    Why.NO_LINK: (
        "{name}: not fetched, this is no http or https link. Check it and add it again.",
        "{name}: 가져오지 않았습니다. http나 https 링크가 아닙니다. 확인하고 다시 추가해 주세요.",
    ),
    Why.CREDENTIALS: (
        "{name}: not fetched, links with a user name or password in them are not followed. Take them out.",
        "{name}: 가져오지 않았습니다. 사용자 이름이나 암호가 든 링크는 따라가지 않습니다. 빼고 다시 추가해 주세요.",
    ),
    Why.PRIVATE: (
        "{name}: not fetched, it leads to an address that is not on the public Internet. "
        "Save the page as a file and add that.",
        "{name}: 가져오지 않았습니다. 공용 인터넷이 아닌 주소로 이어집니다. 페이지를 파일로 저장해 추가해 주세요.",
    ),
    Why.PORT: (
        "{name}: not fetched, no web server is expected on port {port}. Save the page as a file and add that.",
        "{name}: 가져오지 않았습니다. {port}번 포트는 웹 서버의 포트가 아닙니다. 페이지를 파일로 저장해 추가해 주세요.",
    ),
    Why.REDIRECTS: (
        "{name}: not fetched, it redirects more than {hops} times. Add the address where it ends.",
        "{name}: 가져오지 않았습니다. {hops}번 넘게 다른 주소로 넘깁니다. 마지막 주소를 추가해 주세요.",
    ),
    Why.ROBOTS: (
        "{name}: not fetched, the site's robots.txt forbids it. Ask the site's owner, or add the page as a file.",
        "{name}: 가져오지 않았습니다. 사이트의 robots.txt가 막고 있습니다. "
        "사이트 주인에게 묻거나 페이지를 파일로 추가해 주세요.",
    ),
    Why.FORBIDDEN: (
        "{name}: not fetched, the site wants a login (HTTP {status}). Save the page as a file and add that.",
        "{name}: 가져오지 않았습니다. 사이트가 로그인을 요구합니다(HTTP {status}). "
        "페이지를 파일로 저장해 추가해 주세요.",
    ),
    Why.GONE: (
        "{name}: not fetched, there is no such page (HTTP {status}). Check the link.",
        "{name}: 가져오지 않았습니다. 그런 페이지가 없습니다(HTTP {status}). 링크를 확인해 주세요.",
    ),
    Why.STATUS: (
        "{name}: not fetched, the site refuses (HTTP {status}). Check the link.",
        "{name}: 가져오지 않았습니다. 사이트가 거절합니다(HTTP {status}). 링크를 확인해 주세요.",
    ),
    Why.CONTENT_TYPE: (
        "{name}: not fetched, Maru does not read what it leads to ({type}).",
        "{name}: 가져오지 않았습니다. 마루가 읽지 않는 종류입니다({type}).",
    ),
    Why.LOGIN_PAGE: (
        "{name}: not fetched, Slack answered with its login page in place of the file. "
        "Drop the file itself in chat, or save it and add it from there.",
        "{name}: 가져오지 않았습니다. Slack이 파일 대신 로그인 페이지를 보냈습니다. "
        "파일을 채팅에 직접 올리거나 저장해서 추가해 주세요.",
    ),
    Why.TOO_MANY_LINKS: (
        "{name}: not followed, it names more than {most} links. Split it.",
        "{name}: 따라가지 않았습니다. 링크가 {most}개보다 많습니다. 나누어 주세요.",
    ),
    Why.UNKNOWN_HOST: (
        "{name}: not fetched, its host name is not found. What is known from it is kept; check the link.",
        "{name}: 가져오지 못했습니다. 호스트 이름을 찾을 수 없습니다. "
        "알고 있던 것은 그대로 둡니다. 링크를 확인해 주세요.",
    ),
    Why.SILENT: (
        "{name}: not fetched, the site does not answer ({reason}). What is known from it is kept; try again later.",
        "{name}: 가져오지 못했습니다. 사이트가 응답하지 않습니다({reason}). "
        "알고 있던 것은 그대로 둡니다. 나중에 다시 해 주세요.",
    ),
    Why.DEADLINE: (
        "{name}: not fetched, it took longer than {seconds} s. What is known from it is kept; try again later.",
        "{name}: 가져오지 못했습니다. {seconds}초가 넘게 걸렸습니다. "
        "알고 있던 것은 그대로 둡니다. 나중에 다시 해 주세요.",
    ),
    Why.OVERLOADED: (
        "{name}: not fetched, the site is in trouble (HTTP {status}). What is known from it is kept; try again later.",
        "{name}: 가져오지 못했습니다. 사이트에 문제가 있습니다(HTTP {status}). "
        "알고 있던 것은 그대로 둡니다. 나중에 다시 해 주세요.",
    ),
    Why.VANISHED: (
        "{name}: cannot be read ({reason}). What is known from it is kept; bring it back, or forget the source.",
        "{name}: 읽을 수 없습니다({reason}). 알고 있던 것은 그대로 둡니다. 되돌려 놓거나 소스를 잊게 해 주세요.",
    ),
    Why.EMPTIED: (
        "{name}: nothing is there any more, where {known} documents were. They are kept; bring it back, "
        "or forget the source.",
        "{name}: 문서 {known}개가 있던 곳이 비어 있습니다. 문서는 그대로 둡니다. 되돌려 놓거나 소스를 잊게 해 주세요.",
    ),
    Why.BUSY: (
        "{name}: another look at this source began meanwhile and goes on. What was read so far is kept.",
        "{name}: 그 사이에 다른 작업이 이 소스를 살펴보기 시작해 이어서 합니다. 지금까지 읽은 것은 그대로 둡니다.",
    ),
    Why.NO_GIT: (
        "{name}: not read, the git program is not installed here. Install it and try again.",
        "{name}: 읽지 못했습니다. 여기에 git 프로그램이 없습니다. 설치하고 다시 해 주세요.",
    ),
    Why.GIT_FAILED: (
        "{name}: git could not read it ({reason}). What is known from it is kept; check the address and the access.",
        "{name}: git이 읽지 못했습니다({reason}). 알고 있던 것은 그대로 둡니다. 주소와 권한을 확인해 주세요.",
    ),
    Why.GIT_ADDRESS: (
        "{name}: not read, this is no address of a git repository that Maru may use here. "
        "Take https://…, or in the shell also http://…, ssh://… or file://….",
        "{name}: 읽지 않았습니다. 여기서 쓸 수 있는 git 저장소 주소가 아닙니다. "
        "https://…를 쓰거나, 셸에서는 http://…, ssh://…, file://…도 됩니다.",
    ),
}


def sentence(why: Why, language: Language, **facts: object) -> str:
    """Return the reason in words, on one line; facts fill its gaps. A fact that is missing shows as `?`."""
    text = _SENTENCES[why][language == "ko"].format_map(_Facts(facts))
    return " ".join(text.split())


class _Facts(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "?"
