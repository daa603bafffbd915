"""What a terminal shows for a response code (field 39), in zh_CN, en and id."""

from collections.abc import Mapping
from typing import Final

CODES: Final[Mapping[str, tuple[str, str, str]]] = {
    "00": ("交易成功", "Done", "Berhasil"),
    "03": ("商户未登记", "Merchant not registered", "Merchant tidak terdaftar"),
    "05": ("运营商拒绝", "Refused by the carrier", "Ditolak operator"),
    "12": ("无效交易", "Invalid transaction", "Transaksi tidak sah"),
    "13": ("金额无效", "This amount is not sold", "Nominal tidak dijual"),
    "14": ("号码无效", "Number not good", "Nomor tidak sah"),
    "22": ("已不能撤销", "Cannot be taken back any more", "Tidak dapat dibatalkan lagi"),
    "25": ("找不到原交易", "Original not found", "Transaksi asal tidak ada"),
    "30": ("报文格式错", "Format error", "Format salah"),
    "38": ("密码已锁或须先修改", "Password locked or to be changed", "PIN terkunci atau harus diganti"),
    "40": ("不支持的功能", "Not offered", "Tidak tersedia"),
    "51": ("账户余额不足", "Deposit too small", "Saldo tidak cukup"),
    "55": ("密码错误", "Wrong password", "PIN salah"),
    "57": ("不允许此交易", "Not allowed", "Tidak diizinkan"),
    "58": ("终端已停用", "Terminal blocked", "Terminal diblokir"),
    "61": ("超出限额", "Over the limit", "Melebihi batas"),
    "64": ("与原交易不符", "Differs from the original", "Berbeda dari asal"),
    "65": ("超出次数", "Too many", "Terlalu sering"),
    "75": ("密码错误次数超限", "Too many wrong passwords", "PIN salah terlalu sering"),
    "77": ("请重新签到", "Sign in again", "Masuk lagi"),
    "90": ("系统日切，请稍后", "Day change; later", "Pergantian hari; nanti"),
    "91": ("运营商不通，未充值", "Carrier not reachable; nothing was sold", "Operator tidak terjangkau; tidak terjual"),
    "92": ("线路不通，未充值", "Carrier's line is down; nothing was sold", "Jalur terputus; tidak terjual"),
    "94": ("重复交易", "Duplicate", "Duplikat"),
    "96": ("系统故障，未充值", "System busy; nothing was done", "Sistem sibuk; tidak diproses"),
    "97": ("终端未登记", "Terminal not known", "Terminal tidak dikenal"),
    "98": ("超时，结果待确认", "Time-out; outcome not known", "Waktu habis; belum pasti"),
    "99": ("密码格式错，请重新签到", "PIN block not good; sign in again", "Blok PIN salah; masuk lagi"),
    "A0": ("MAC 校验错，请重新签到", "MAC not good; sign in again", "MAC salah; masuk lagi"),
    "A6": ("已受理，处理中", "Accepted, in hand", "Diterima, diproses"),
}  # fmt: skip
