"""The texts of the control page in zh_CN, en and id."""

from collections.abc import Mapping
from typing import Final

LANGUAGES: Final = ("zh_CN", "en", "id")
LANGUAGE_NAMES: Final = ("中文", "English", "Indonesia")

_PAGE: Final[Mapping[str, tuple[str, str, str]]] = {
    "title": ("短信猫池与运营商（模拟）", "Modem farm and operators (simulated)", "Modem farm dan operator (simulasi)"),
    "note": (
        "独立进程，有自己的账本；运营商做了什么，以此处为准。",
        "A process of its own; what the operators did stands in this ledger, whatever a modem said.",
        "Proses tersendiri; yang dilakukan operator tercatat di sini, apa pun kata modem.",
    ),
    "language": ("语言", "Language", "Bahasa"),
    "phone": ("代理手机", "An agent's phone", "Ponsel agen"),
    "from": ("手机号码", "Phone", "Ponsel"),
    "to": ("发往", "To", "Ke"),
    "text": ("内容", "Text", "Isi"),
    "send": ("发送短信", "Send", "Kirim"),
    "no_messages": ("还没有短信。", "No messages yet.", "Belum ada pesan."),
    "slots": ("插槽", "Slots", "Slot"),
    "slot": ("插槽", "Slot", "Slot"),
    "model": ("型号", "Model", "Model"),
    "number": ("号码", "Number", "Nomor"),
    "operator": ("运营商", "Operator", "Operator"),
    "stock": ("库存", "Stock", "Stok"),
    "network": ("网络", "Network", "Jaringan"),
    "stored": ("卡内短信", "On the card", "Di kartu"),
    "credited": ("已到账", "Credited", "Terkredit"),
    "state": ("状态", "State", "Status"),
    "registration.0": ("无网络", "none", "tidak ada"),
    "registration.1": ("本地", "home", "lokal"),
    "registration.2": ("搜索", "searching", "mencari"),
    "registration.3": ("被拒", "denied", "ditolak"),
    "registration.5": ("漫游", "roaming", "roaming"),
    "ready": ("就绪", "ready", "siap"),
    "hanging": ("不应答", "hangs", "macet"),
    "gone": ("已拔出", "unplugged", "dicabut"),
    "starting": ("启动中", "starting", "memulai"),
    "no_card": ("无卡", "no card", "tanpa kartu"),
    "locked": ("账户锁定", "account locked", "akun terkunci"),
    "unplug": ("拔出", "Unplug", "Cabut"),
    "plug": ("插入", "Plug in", "Pasang"),
    "look": ("查看", "Look", "Lihat"),
    "break": ("让它出问题", "Break it", "Buat bermasalah"),
    "fault": ("故障", "Fault", "Gangguan"),
    "target": ("对象", "Where", "Di mana"),
    "everybody": ("全部", "everybody", "semua"),
    "times": ("次数", "Times", "Kali"),
    "arm": ("设置", "Arm", "Pasang"),
    "waiting": ("等待发生", "Waiting to strike", "Menunggu"),
    "clear": ("全部取消", "Clear all", "Hapus semua"),
    "nothing": ("没有。", "Nothing.", "Tidak ada."),
    "totals": ("合计", "Totals", "Jumlah"),
    "requests": ("请求", "Requests", "Permintaan"),
    "credits": ("到账", "Credits", "Kredit"),
    "most_credits": ("同号码同面额最多到账次数", "Most credits of one amount to one number", "Kredit terbanyak per nomor dan nominal"),
    "transfer": ("向卡划拨库存", "Put stock on a chip", "Isi stok chip"),
    "units": ("面额", "Denomination", "Nominal"),
    "pieces": ("张数", "Pieces", "Jumlah"),
    "amount_minor": ("或金额（最小单位）", "or money (minor units)", "atau uang (unit terkecil)"),
    "put": ("划拨", "Put", "Isi"),
    "reset": ("清空账本", "Empty the ledger", "Kosongkan buku besar"),
    "latest": ("最近的请求", "Latest requests", "Permintaan terbaru"),
    "time": ("时间", "Time", "Waktu"),
    "chip": ("卡", "Chip", "Chip"),
    "channel": ("方式", "By", "Lewat"),
    "customer": ("客户", "Customer", "Pelanggan"),
    "outcome": ("结果", "Outcome", "Hasil"),
    "serial": ("凭证号", "Serial number", "Nomor seri"),
    "none": ("还没有请求。", "No requests yet.", "Belum ada permintaan."),
    "traffic": ("串口往来", "On the tty", "Di tty"),
}


def page_text(name: str, language: str) -> str:
    """A text of the page."""
    return _PAGE[name][LANGUAGES.index(language)]
