"""Verdicts in Korean: recorded in English, once for all readers, they are translated where they are read."""

import re

from bot.domain.language import Language

_KOREAN = {
    "the model found no answer in the evidence": "모델이 근거에서 답을 찾지 못함",
    "two documents say different things: {values}": "두 문서가 서로 다르게 말함: {values}",
    "the best passage in its own words": "가장 알맞은 대목을 그대로",
    "no passage is likely to hold the answer": "답이 있을 만한 대목이 없음",
    "the text's own sentences": "글의 문장 그대로",
    "the library is empty": "문서가 하나도 없음",
    "no word of it is known": "아는 낱말이 없음",
    "{tool} ran": "{tool} 실행함",
    "{tool} could not act on this": "{tool}가 처리할 수 없었음",
    "no draft passes": "통과한 초안이 없음",
    "no majority among the drafts ({sizes})": "초안들 사이에 다수가 없음 ({sizes})",
    "only one draft passes": "초안 하나만 통과",
    "the judge named none of the drafts": "심사 모델이 아무 초안도 고르지 않음",
    "the judge chose by place and not by content": "심사 모델이 내용이 아니라 순서로 고름",
    "the judge chose one of {count} drafts, in both orders": "심사 모델이 두 순서 모두 초안 {count}개 중 하나를 고름",
    "what was merged does not pass: {why}": "합친 글이 통과하지 못함: {why}",
    "merged from {count} drafts": "초안 {count}개를 합침",
    "{asked} of {seats} drafts asked for": "초안 {seats}개 중 {asked}개를 요청함",
    "{camp} of {all} drafts say the same": "초안 {all}개 중 {camp}개가 같은 말을 함",
    "{camp} of {all} samples say the same": "표본 {all}개 중 {camp}개가 같은 말을 함",
    "not tried, for such drafts of it are accepted in {chance} of cases": "시도 안 함: 이런 초안은 {chance}만 통과함",
    "not tried, for many others wait": "시도 안 함: 기다리는 사람이 많음",
    "not tried, for the quota is used up": "시도 안 함: 한도를 다 씀",
    "the server gave no log-probabilities": "서버가 로그 확률을 주지 않음",
    "the model was sure of its words ({sure} a token)": "모델이 낱말에 자신 있음 (토큰당 {sure})",
    "the model was not sure of its words ({sure} a token)": "모델이 낱말에 자신 없음 (토큰당 {sure})",
    "the query is longer than {most} characters": "쿼리가 {most}자보다 김",
    "the draft is no SQL: {said}": "초안이 SQL이 아님: {said}",
    "one SELECT": "SELECT 하나",
    "the query does not run: {error}": "쿼리가 실행되지 않음: {error}",
    "the query runs and finds nothing": "쿼리는 실행되지만 결과가 없음",
    "the query runs and finds {count} row(s)": "쿼리가 실행되어 {count}행을 찾음",
    "{count} sentence(s) backed by the evidence": "문장 {count}개가 근거로 뒷받침됨",
    "no sentence of the draft is backed by the evidence and to the point": "근거가 있고 질문에 맞는 문장이 없음",
    "`{claim}` is wrong: it makes {value}": "`{claim}`: 틀린 계산, 맞는 값은 {value}",
    "{right} calculation(s) worked out again": "계산 {right}개를 다시 확인함",
    "no calculation": "계산 없음",
    "in English": "영어로 씀",
    "in Korean": "한국어로 씀",
    "not in English": "영어가 아님",
    "not in Korean": "한국어가 아님",
    "numbers, code and links are the source's": "숫자, 코드, 링크가 원문과 같음",
    "the source does not say {strange}": "원문에 {strange}라는 말이 없음",
    "{missing} of the source is missing": "원문의 {missing}이(가) 빠짐",
    "a clause says what no sentence of the text does": "글의 어느 문장에도 없는 말이 있음",
    "nothing to compare with": "비교할 원문이 없음",
    "finished": "끝까지 씀",
    "the model did not come to an end": "모델이 글을 끝맺지 못함",
    "the draft repeats {what} without end": "초안이 {what}을(를) 끝없이 되풀이함",
    "the draft says the same sentence again and again": "초안이 같은 문장을 되풀이함",
    "the draft turns in circles": "초안이 제자리를 맴돎",
    "no repetition": "되풀이 없음",
    "no code block in the draft": "초안에 코드 블록이 없음",
    "block {number} ({language}) does not compile: {fault}": "{number}번째 블록({language})이 컴파일되지 않음: {fault}",
    "{language} compiles": "{language} 컴파일됨",
    "{language} not checked": "{language} 확인 안 함",
    "the draft is empty": "초안이 비어 있음",
    "the draft has broken characters": "초안에 깨진 글자가 있음",
    "the draft was decoded wrongly": "초안의 글자가 잘못 해독됨",
    "the draft leaks its template ({leaked})": "초안에 틀이 드러남 ({leaked})",
    "the draft has invisible characters": "초안에 보이지 않는 글자가 있음",
    "the draft is hardly words": "초안이 거의 말이 아님",
    "the draft has no words, only letters in a row": "초안에 낱말이 없고 글자만 이어짐",
    "clean text": "깨끗한 글",
    "the draft recites its instructions": "초안이 지시문을 그대로 읊음",
    "no instructions in it": "지시문 없음",
    "the reply is half a JSON": "답이 반쪽짜리 JSON",
    "the reply is no JSON: {error}": "답이 JSON이 아님: {error}",
    "JSON of the schema": "스키마에 맞는 JSON",
    "the text is too long for the model's context": "글이 모델의 문맥보다 김",
    "the question is too long for the model's context": "질문이 모델의 문맥보다 김",
}
"""Korean by English. What stands for a field is any text; a verdict of several parts has them between semicolons."""


def _pattern(english: str) -> re.Pattern[str]:
    """Return what reads it; only a field at the very end may hold a semicolon, such as an error's words."""
    *parts, end = re.split(r"\{(\w+)\}", english)
    read = [f"(?P<{one}>[^;]+?)" if at % 2 else re.escape(one) for at, one in enumerate(parts)]
    if not end:
        read[-1] = read[-1].replace("[^;]", ".")
    return re.compile("".join(read) + re.escape(end), re.DOTALL)


# The more of a sentence is fixed, the sooner it is tried: "{language} compiles" would read others, too.
_READ = [
    (_pattern(english), korean)
    for english, korean in sorted(_KOREAN.items(), key=lambda one: -len(re.sub(r"\{\w+\}", "", one[0])))
]


def verdict_in(language: Language, why: str) -> str:
    """Return a recorded verdict in the reader's language; what is not known stays, such as what a server said."""
    if language == "en":
        return why
    whole = _korean(why)
    return whole if whole is not None else "; ".join(_korean(part) or part for part in why.split("; "))


def _korean(why: str) -> str | None:
    for pattern, korean in _READ:
        if found := pattern.fullmatch(why):
            return korean.format(**{name: verdict_in("ko", value) for name, value in found.groupdict().items()})
    return None
