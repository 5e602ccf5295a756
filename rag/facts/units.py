"""What is counted: units in the languages read, as a class and a factor to its base unit."""

from decimal import Decimal
from typing import NamedTuple

from rag.facts.view import WORD


class Unit(NamedTuple):
    """`kind` is "" where nothing is known, "count" for what is counted one by one, "turn" for what
    is counted or numbered (3位, 3回), "point" for scores and percentage points.
    """

    kind: str
    factor: Decimal


NO_UNIT = Unit("", Decimal(1))
_CJK: dict[str, Unit] = {}
_WORDS: dict[str, Unit] = {}
_LISTED = {
    # base units: metre, square metre, kilogram, litre, watt, watt-hour, second, month, percent, the
    # currency itself
    "length 1": "米 公尺 メートル 미터 m м metre metres meter meters metern metro metros метр "
    "метра метров mètre mètres metri",
    "length 1000": "公里 千米 キロメートル 킬로미터 km kph kmh kilometre kilometres kilometer "
    "kilometers kilómetro kilómetros км километр километра километров kilomètre kilomètres "
    "kilometern chilometro chilometri quilómetro quilómetros quilômetro quilômetros",
    "length 500": "里地",
    "length .01": "厘米 公分 センチ センチメートル 센티미터 cm centimetre centimetres centimeter "
    "centimeters centímetro centímetros см сантиметр сантиметров сантиметра centimètre centimètres "
    "zentimeter zentimetern centimetro centimetri",
    "length .001": "毫米 公厘 ミリ ミリメートル 밀리미터 mm millimetre millimetres millimeter "
    "millimeters milímetro milímetros мм миллиметр миллиметра миллиметров millimètre millimètres "
    "millimetern millimetro millimetri",
    "length 1609.344": "mph 英里 マイル mile miles milla millas миля мили миль",
    "length .3048": "英尺 フィート ft foot feet pie pies фут фута футов",
    "length .0254": "英寸 インチ inch inches pulgada pulgadas дюйм дюйма дюймов",
    "length .9144": "码 ヤード yard yards yd yarda yardas ярдов ярда",
    "area 1": "平方米 平方公尺 平米 ㎡ 平方メートル 제곱미터 평방미터 sqm м2 m2 m² м² quadratmeter "
    "quadratmetern",
    "area 1000000": "平方公里 平方千米 平方キロメートル 平方キロ 제곱킬로미터 km2 km² км2 км² "
    "quadratkilometer quadratkilometern",
    "area .0001": "平方厘米 平方公分 平方センチメートル 제곱센티미터 cm2 cm² см2 см²",
    "area 10000": "公顷 ヘクタール 헥타르 hectare hectares ha hectárea hectáreas гектар гектара "
    "гектаров га hektar ettaro ettari",
    "area 666.6667": "亩 mu",
    "area 4046.856": "英亩 エーカー acre acres акр акра акров",
    "weight 1": "公斤 千克 キログラム 킬로그램 kg kilogram kilograms kilo kilos kilogramo "
    "kilogramos кг килограмм килограмма килограммов kilogramme kilogrammes kilogramm chilogrammi "
    "quilogramas",
    "weight 1000": "吨 公吨 トン 톤 t ton tons tonne tonnes tonelada toneladas т тонна тонны тонн "
    "tonnen tonnellata tonnellate",
    "weight .5": "斤",
    "weight .001": "克 公克 グラム 그램 g gram grams gramme grammes gramo gramos грамм грамма "
    "граммов г_ gramm grammo grammi grama gramas",
    "weight .000001": "毫克 ミリグラム 밀리그램 mg milligram milligrams мг miligramos миллиграмм "
    "миллиграмма миллиграммов milligrammes milligramm milligrammi",
    "weight .45359237": "磅 lb lbs",
    "volume 1": "升 公升 立方分米 リットル 리터 litre litres liter liters litern litro litros литр "
    "литра литров litri",
    "volume .001": "毫升 立方厘米 立方公分 ミリリットル 밀리리터 ml millilitres milliliters мл "
    "mililitros cm3 cm³ см3 см³ 立方センチメートル 立方センチ",
    "volume 1000": "立方米 立方公尺 立方 立方メートル 세제곱미터 입방미터 m3 m³ м3 м³ ㎥ "
    "kubikmeter kubikmetern кубометр кубометра кубометров",
    "volume 1000000000000": "立方公里 立方千米 立方キロメートル km3 km³ км3 км³ kubikkilometer "
    "kubikkilometern 立方キロ",
    "volume .000001": "立方毫米",
    "volume 28.316846592": "立方英尺 立方フィート",
    "power 1": "瓦 瓦特 ワット 와트 watt watts ватт вт vatio vatios wattios",
    "power 1000": "千瓦 キロワット 킬로와트 kw квт kilowatt kilowatts киловатт kilovatio "
    "kilovatios quilowatts chilowatt",
    "power 1000000": "兆瓦 メガワット 메가와트 mw мвт megawatt megawatts мегаватт megavatio "
    "megavatios",
    "power 1000000000": "吉瓦 ギガワット 기가와트 gw гвт gigawatt gigawatts гигаватт gigavatio "
    "gigavatios",
    "power 1000000000000": "太瓦 テラワット tw твт terawatt terawatts тераватт teravatios",
    "energy 1": "瓦时 瓦小时 ワット时 와트시 wh wattstunden wattheures",
    "energy 1000": "千瓦时 千瓦小时 千瓦·时 度电 キロワット时 킬로와트시 kwh квтч kilowattstunde "
    "kilowattstunden kilowattheure kilowattheures chilowattora chilowattore",
    "energy 1000000": "兆瓦时 兆瓦小时 兆瓦·时 メガワット时 메가와트시 mwh мвтч megawattstunde "
    "megawattstunden mégawattheure mégawattheures megawattora megawattore",
    "energy 1000000000": "吉瓦时 吉瓦小时 吉瓦·时 ギガワット时 기가와트시 gwh гвтч gigawattstunde "
    "gigawattstunden gigawattheure gigawattheures gigawattora gigawattore",
    "energy 1000000000000": "太瓦时 太瓦小时 太瓦·时 テラワット时 테라와트시 twh твтч "
    "terawattstunde terawattstunden térawattheure térawattheures terawattora terawattore",
    "second 1": "秒 秒钟 秒間 秒间 second_ seconds secs segundo_ segundos секунд секунды "
    "sekunden secondes",
    "second 60": "分钟 分間 分间 minute minutes min mins minuto minutos минута минуты минут минуту "
    "minuten мин",
    "second 3600": "小时 个小时 钟头 個小時 时间 時間 時间 hour hours hr hrs hora horas час "
    "часа часов stunden "
    "stunde heures heure ч",
    "second 86400": "天 日间 日間 day days día días день дня дней сутки суток tage tagen "
    "jours jour",
    "second 604800": "周 星期 个星期 礼拜 个礼拜 周间 week weeks semana semanas неделя недели "
    "недель "
    "неделю wochen semaines",
    "month 1": "个月 个多月 ヶ月 か月 カ月 ケ月 箇月 month months mes meses месяц месяца "
    "месяцев monate "
    "monaten mois",
    "month 12": "年 年间 年間 周年 岁 周岁 歳 才 载 year years yr yrs año años год года лет "
    "году годам "
    "jahr jahre jahren an_ ans années año летний летняя летнего летней летнюю летие летию летия",
    "month 120": "decades décadas десятилетия десятилетий jahrzehnte jahrzehnten décennies",
    "month 1200": "世紀間 世纪间 centuries siglos",
    "percent 1": "% per_cent por_ciento pour_cent 个百分点 百分点 パーセント 퍼센트 퍼센트포인트 "
    "percent pct процент процента процентов проценту процентами процентах процентный процентная "
    "процентное процентного процентном процентному процентной процентных prozent percentage",
    "point 1": "ポイント point points punto puntos пункт пункта пунктов",
    "percent .1": "‰",
    "percent 10": "成 割",
    "celsius 1": "℃ 摄氏度 度c °c",
    "fahrenheit 1": "华氏度 °f",
    "CNY 1": "元 元人民币 块钱 人民币 yuan rmb cny renminbi юаней юаня юань yuanes",
    "CNY .1": "角钱",
    "USD 1": "美元 美金 米ドル ドル usd dollar dollars dólar dólares доллар доллара долларов "
    "dollars",
    "USD .01": "美分 cents cent",
    "EUR 1": "欧元 ユーロ eur euro euros евро",
    "GBP 1": "英镑 镑 gbp quid",
    "JPY 1": "日元 日圆 円 yen иен иены yenes",
    "HKD 1": "港元 港币",
    "RUB 1": "卢布 ルーブル ruble rubles rouble roubles rublos рубль рубля рублей руб",
    "KRW 1": "韩元 ウォン won_",
    "item 1": "个 起 院 期 级 代",
    "turn 1": "位 次 届 轮 局 集 层 页 排 回",
    "count 1": "人 名 张 处 家 所 座 辆 台 件 条 项 只 头 匹 株 棵 本 部 篇 首 幅 份 套 "
    "间 栋 户 批 组 队 "
    "种 类 款 枚 颗 粒 支 架 艘 节 笔 例 句 字 遍 趟 步 圈 口 瓶 杯 碗 盒 箱 袋 包 桶 場 场 "
    "门 人次 万人 "
    "村 州 省 市 县 镇 乡 区 校 岛 站 桌 球 票 席 室 床 剂 针 年级 "
    "つ 個 社 店 軒 轩 棟 羽 か所 カ所 ヶ所 箇所 か国 カ国 ヶ国 世帯 席 冊 册 隻 機 基 校 "
    "people person persons men women children students patients deaths cases workers residents "
    "employees visitors players doctors soldiers officers countries cities villages schools "
    "hospitals houses homes buildings beds seats books "
    "personas hombres mujeres niños estudiantes pacientes muertes casos trabajadores veces países "
    "человек людей человека студентов пациентов случаев раз раза детей стран школ",
}
for _name, _listed in _LISTED.items():
    _kind, _factor = _name.split()
    for _word in _listed.split():
        _table = _WORDS if WORD.fullmatch(_word) else _CJK
        _table[_word] = Unit(_kind, Decimal(_factor))
_BY_FIRST: dict[str, list[str]] = {}
for _word in sorted(_CJK, key=len, reverse=True):
    _BY_FIRST.setdefault(_word[0], []).append(_word)
SYMBOLS = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "money", "₽": "RUB", "₩": "KRW"}
MONEY = frozenset({"CNY", "USD", "EUR", "GBP", "JPY", "HKD", "RUB", "KRW", "money"})


def cjk_unit(text: str, at: int) -> tuple[Unit, int]:
    """The unit whose characters stand at `at`, the longest one, and where it ends."""
    for word in _BY_FIRST.get(text[at : at + 1], ()):
        if text.startswith(word, at):
            return _CJK[word], at + len(word)
    return NO_UNIT, at


def word_unit(word: str) -> Unit:
    """The unit that a word of letters names."""
    return _WORDS.get(word, NO_UNIT)
