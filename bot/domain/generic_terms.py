"""Terms that tell little by themselves, as the analyser writes them: English stems, Korean morphemes."""

GENERIC = frozenset(
    (
        "abl after allow alreadi also anyon anyth ask be befor current doesn don dure each ever everi everybodi "
        "fast find get give go goe got happen hello help hi isn just know let like long m make mani maru may mean "
        "might much must need new now off often one out over own peopl person pleas possibl re right s same say "
        "see show someon someth soon still t take tell than thank thing today too two use veri want way work yet "
        "가 가능 같 경우 관하 궁금 그런데 그리고 나오 누구 다 대 대하 더 되 두 들 따르 때 "
        "만들 말 말하 며칠 못 무슨 무엇 받 방법 보 부르 사람 싶 쓰 안 알 알려주 알리 어디 어떠 "
        "어떤 어떻 언제 얼마 얼마나 없 오 위하 이르 이름 있 잘 "
        "정도 좀 좋 주 지금 통하 필요 하 해 해야 현재 혹시 "
    ).split()
)
"""What questions carry and answers do not: "how *long* does it *take*", "*알려* 주세요". They count in a search, but
not where it is asked whether a passage covers a question: without this list, half of the answerable are refused."""

UNITS = frozenset("second minut hour day week month year 초 분 시간 일 주 개월 달 년".split())
"""Time's units: every page has them."""

WAYS = frozenset("run execut type command use 실행 명령 명령어 입력".split())
"""How a command is given: a paraphrase may say it in any of these words."""

OPENERS = frozenset(
    (
        "about according after all also although always an and any anybody anyone approximately around as ask at "
        "based because before begin both but by call can check contact could currently do does don during each either "
        "employees ensure enter every everybody everyone execute file finally first follow for from generally get "
        "give go has have he her his how if in inform into is it its just let make may must my next no nobody none "
        "normally not note nothing notify of on once one only open or our people perform please post remember run "
        "second see send she should simply so somebody someone staff start submit tell that the their then there "
        "these they third this those to type typically under unless until up use users usually using via visit wait "
        "we what when where which while who will with within without write yes you your"
    ).split()
)
"""English words that begin a sentence and name nobody, as they are written: of other first words it is asked
whether the evidence has them."""
