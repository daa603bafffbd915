"""What each fault does, in Chinese and Indonesian; the English stands in the table of the faults."""

from collections.abc import Mapping
from typing import Final

from simulators.modem_farm.faults import FAULTS

_TEXTS: Final[Mapping[str, tuple[str, str]]] = {
    "hang": ("不应答，直到串口关闭再打开", "tidak menjawab sampai port ditutup dan dibuka lagi"),
    "hang_reset": ("不应答，直到 AT+CFUN=1,1（照办但不回应）", "tidak menjawab sampai AT+CFUN=1,1, yang dijalankan diam-diam"),
    "hang_power": ("不应答，直到拔出或断电", "tidak menjawab sampai dicabut atau listriknya diputus"),
    "skip": ("这条指令照办但不回应", "perintah ini dijalankan tanpa jawaban"),
    "partial": ("回应在半行处中断", "jawaban berhenti di tengah baris"),
    "echo": ("回显又打开", "echo aktif lagi"),
    "garbage": ("回应前有乱码", "derau sebelum jawaban"),
    "urc_inside": ("回应中间夹主动上报", "baris tak diminta di antara jawaban"),
    "late": ("回应迟到，可能落入下一条", "jawaban terlambat, mungkin di dalam berikutnya"),
    "slow_bytes": ("回应一次只来几个字节", "jawaban datang beberapa oktet sekali"),
    "reboot": ("不回应而重启", "modem mulai lagi alih-alih menjawab"),
    "vanish": ("照办后端口消失，过一会儿回来", "dijalankan, lalu port hilang dan kembali nanti"),
    "ussd_silent": ("已办，OK，永无 +CUSD", "diproses, OK, tanpa +CUSD"),
    "ussd_lost": ("未办，OK，永无 +CUSD", "tidak diproses, OK, tanpa +CUSD"),
    "ussd_timeout": ("已办，+CUSD: 5", "diproses, +CUSD: 5"),
    "ussd_timeout_lost": ("未办，+CUSD: 5", "tidak diproses, +CUSD: 5"),
    "ussd_ended": ("已办，+CUSD: 2 无文字", "diproses, +CUSD: 2 tanpa teks"),
    "ussd_elsewhere": ("已办，+CUSD: 3", "diproses, +CUSD: 3"),
    "ussd_unsupported": ("未办，+CUSD: 4", "tidak diproses, +CUSD: 4"),
    "ussd_cme_100": ("已办，+CME ERROR: 100", "diproses, +CME ERROR: 100"),
    "ussd_cme_31": ("已办，+CME ERROR: 31", "diproses, +CME ERROR: 31"),
    "ussd_error": ("已办，ERROR", "diproses, ERROR"),
    "ussd_refused": ("未办，+CME ERROR: 30", "tidak diproses, +CME ERROR: 30"),
    "ussd_busy": ("未办，+CME ERROR: 14", "tidak diproses, +CME ERROR: 14"),
    "ussd_twice": ("+CUSD 来两次", "+CUSD datang dua kali"),
    "ussd_late": ("+CUSD 迟到", "+CUSD terlambat"),
    "ussd_before_ok": ("+CUSD 先于 OK", "+CUSD sebelum OK"),
    "ussd_inside": ("+CUSD 落在下一条指令的回应里", "+CUSD di dalam jawaban perintah berikutnya"),
    "ussd_split": ("+CUSD 文字中有换行", "teks +CUSD berisi ganti baris"),
    "ussd_ucs2": ("+CUSD 文字为 UCS2 十六进制", "teks +CUSD berupa UCS2 heksadesimal"),
    "no_prompt": ("提示符不来", "prompt tidak datang"),
    "cms_500_sent": ("已发出，+CMS ERROR: 500", "terkirim, +CMS ERROR: 500"),
    "cmgs_lost": ("已发出，无 +CMGS", "terkirim, tanpa +CMGS"),
    "cms_38": ("未发出，+CMS ERROR: 38", "tidak terkirim, +CMS ERROR: 38"),
    "cms_41": ("未发出，+CMS ERROR: 41", "tidak terkirim, +CMS ERROR: 41"),
    "cms_42": ("未发出，+CMS ERROR: 42", "tidak terkirim, +CMS ERROR: 42"),
    "card_stuck": ("说已从卡上删除短信，其实没删", "pesan dikatakan sudah dihapus dari kartu, padahal belum"),
    "sms_late": ("到卡的短信迟到", "pesan ke chip terlambat"),
    "sms_twice": ("到卡的短信来两次", "pesan ke chip datang dua kali"),
    "sms_reordered": ("到卡的短信等下一条先到", "pesan ke chip menunggu yang berikutnya"),
    "sms_lost": ("到卡的短信丢失", "pesan ke chip hilang"),
    "request_lost": ("运营商没有收到请求", "operator tidak menerima permintaan"),
    "silent": ("已办，运营商不说话", "diproses, operator diam"),
    "pending": ("先说处理中，办完后短信告知", "dikatakan diproses, selesai dan diberitahukan kemudian"),
    "pending_failed": ("先说处理中，后短信告知失败", "dikatakan diproses, gagal diberitahukan kemudian"),
    "refused": ("拒绝，不扣库存", "ditolak, tidak ada yang bergerak"),
    "changed_wording": ("已办，用从未见过的说法", "diproses, dengan kata-kata baru"),
    "wrong_balance": ("已办，但报的余额与账本不符", "diproses, tetapi saldo yang disebut salah"),
    "no_balance": ("已办，文字缺余额部分", "diproses, teks tanpa saldo"),
    "masked_number": ("已办，号码带星号", "diproses, nomor disamarkan"),
    "other_number": ("已办，回复却是别的号码", "diproses, jawaban menyebut nomor lain"),
    "other_amount": ("已办，回复却是别的金额", "diproses, jawaban menyebut jumlah lain"),
    "two_parts": ("已办，分两条告知，只有第二条有凭证号", "diproses, dua pesan, hanya yang kedua berisi referensi"),
    "spent_elsewhere": ("之前库存被别处用掉一些", "stok dipakai di tempat lain sesaat sebelumnya"),
    "advertisement": ("回复之前先来一条广告短信", "iklan datang sebelum jawaban"),
}


def fault_text(name: str, language: str) -> str:
    """What a fault does, in the page's language."""
    return _TEXTS[name][0 if language == "zh_CN" else 1] if language in ("zh_CN", "id") else FAULTS[name][1]
