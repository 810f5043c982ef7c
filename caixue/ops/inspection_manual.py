"""The rows of a monthly inspection that a person looks at (contract C1): what to look at, on which kind of device, host or in the room."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One thing to look at; `of` is the kind of device (all of them in one walk), of host (one by one), or empty for the room."""

    name: str
    area: str
    of: str
    zh: str
    en: str
    clause: str
    look_zh: str
    look_en: str


ROWS: tuple[Row, ...] = (
    # application software
    Row(
        "app-use", "application", "", "采血系统日常使用", "use of the system", clause="C2.2.1",
        look_zh="登录、叫号、取单、打印走一遍；界面无卡顿、无报错",
        look_en="log in, call, fetch an order, print: no delay, no message",
    ),
    Row(
        "app-errors", "application", "", "应用软件错误日志", "the application's error log", clause="C2.2.1",
        look_zh="翻看本月日志：新出现的、重复的错误",
        look_en="read this month's log: new and repeated errors",
    ),
    Row(
        "app-templates", "application", "", "标签与凭条模板", "label and receipt templates", clause="C2.2.3",
        look_zh="各打一张测试样张，与存档样张比对；条码能读",
        look_en="print one test of each, compare with the filed sample; the code reads",
    ),
    Row(
        "app-cache", "application", "", "缓存数据", "cached data", clause="C2.2.1",
        look_zh="缓存量与上月比；已备份的是否已清理",
        look_en="its size against last month; what is backed up is purged",
    ),
    # hardware, by kind of device
    Row(
        "look-collection-host", "hardware", "collection-host", "智能采血工作站", "collection hosts", clause="C2.1.4",
        look_zh="导轨、吸盘、压辊无污损；动作无异响；急停可用",
        look_en="guide, suction cup, rollers clean; no noise; emergency stop works",
    ),
    Row(
        "look-tube-dispenser", "hardware", "tube-dispenser", "试管仓", "tube dispensers", clause="C2.1.3",
        look_zh="料道、管路清洁，无破管；各仓标识与管种一致",
        look_en="lanes and paths clean, no broken tube; lanes marked with their kind",
    ),
    Row(
        "look-label-printer", "hardware", "label-printer", "标签打印机", "label printers", clause="C2.1.2",
        look_zh="打印头、胶辊清洁；样张清晰无断针；标签居中",
        look_en="head and platen clean; the sample is sharp, no dead dots; labels centred",
    ),
    Row(
        "look-zpl-label-printer", "hardware", "zpl-label-printer", "标签打印机（ZPL）", "label printers (ZPL)", clause="C2.1.2",
        look_zh="打印头、胶辊清洁；样张清晰无断针；标签居中",
        look_en="head and platen clean; the sample is sharp, no dead dots; labels centred",
    ),
    Row(
        "look-thermal-printer", "hardware", "thermal-printer", "凭条打印机", "receipt printers", clause="C2.1.2",
        look_zh="切刀利落，字迹清晰，纸路无纸屑",
        look_en="clean cut, clear print, no scraps in the path",
    ),
    Row(
        "look-barcode-scanner", "hardware", "barcode-scanner", "条码扫描器", "barcode scanners", clause="C2.1",
        look_zh="扫描窗清洁，固定牢靠，线缆无折损",
        look_en="window clean, firmly mounted, cable whole",
    ),
    Row(
        "look-conveyor", "hardware", "conveyor", "传送带", "the conveyor", clause="C2.1.4",
        look_zh="皮带不跑偏、无裂纹；链条润滑；光电清洁",
        look_en="the belt runs true and whole; chain lubricated; photo-eyes clean",
    ),
    Row(
        "look-sorter", "hardware", "sorter", "分拣机", "the sorter", clause="C2.1.4",
        look_zh="分拣门动作到位；扫描窗清洁；各道不积管",
        look_en="gates move fully; scan window clean; no lane is clogged",
    ),
    Row(
        "look-queue-kiosk", "hardware", "queue-kiosk", "取号机", "queue kiosks", clause="C2.1.2",
        look_zh="触屏灵敏；切刀、纸路正常；外壳完好",
        look_en="touch works; cutter and path are good; housing whole",
    ),
    Row(
        "look-call-display", "hardware", "call-display", "叫号屏", "the call display", clause="C2.1",
        look_zh="显示完整、清晰；安装牢固",
        look_en="complete and clear; firmly mounted",
    ),
    Row(
        "look-ups", "hardware", "ups", "不间断电源", "the UPS", clause="C2.4",
        look_zh="电池无鼓包、漏液；风扇和滤网清洁；接线不发热",
        look_en="battery neither swollen nor leaking; fan and filter clean; no warm wiring",
    ),
    # servers and databases, one by one
    Row(
        "look-server", "servers", "server", "服务器外观与系统日志", "the server itself and its log", clause="C2.3.1",
        look_zh="指示灯、风扇、室温正常；系统事件日志无硬件错误；处理器、内存、磁盘在那台机器上看",
        look_en="lights, fans and room temperature; no hardware errors in the event log; processor, memory, disk seen there",
    ),
    Row(
        "look-database", "databases", "database", "数据库空间、作业与备份", "space, jobs and backups of the database", clause="C2.3.2",
        look_zh="请院方数据库管理员给看：表空间余量、失败的作业、最近一次备份",
        look_en="ask the hospital's administrator: space left, failed jobs, the last backup",
    ),
    # network and lines
    Row(
        "look-network", "network", "", "机柜、网线与标识", "cabinet, cables and marks", clause="C2.4",
        look_zh="机柜上锁、散热好；网线插牢、标识清楚",
        look_en="cabinet locked and cool; cables firm and marked",
    ),
    Row(
        "look-mains", "network", "", "强弱电线路", "mains and low-voltage lines", clause="C2.4",
        look_zh="配电箱无异味、不发热；插座牢固；强弱电分开",
        look_en="no smell or heat at the board; sockets firm; mains apart from signal lines",
    ),
    # the room
    Row(
        "look-room", "safety", "", "通道、消防与整洁", "ways, fire safety and tidiness", clause="C1",
        look_zh="通道和灭火器前无物；地面无绊线；设备周围无积尘、积水",
        look_en="ways and extinguishers free; no cable to trip over; neither dust nor water at the devices",
    ),
    Row(
        "look-privacy", "safety", "", "信息保密", "confidentiality", clause="R4",
        look_zh="无人时屏幕已锁；废标签按规定销毁；无外接存储",
        look_en="screens locked when nobody is there; void labels destroyed; no external storage",
    ),
)  # fmt: skip
