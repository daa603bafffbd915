"""The words around the terminal on its page in zh_CN, en and id."""

from typing import Final

from simulators.pages import Words

_PAGE: Final = {
    "title": ("POS 终端（模拟）", "A POS terminal (simulated)", "Terminal POS (simulasi)"),
    "note": (
        "您是收银员：选终端，先签到，再选功能、填写、按键。报文按 ISO 8583 经 TCP 到平台；小票与报文显示在右边。",
        ("You are the cashier: choose a terminal, sign in, then choose a function, fill in and press the key. ISO 8583 messages go to "
        "the platform over TCP; slips and messages are on the right."),
        ("Anda kasir: pilih terminal, masuk dahulu, lalu pilih fungsi, isi, tekan tombol. Pesan ISO 8583 dikirim ke platform lewat TCP; "
        "struk dan pesan ada di kanan."),
    ),
    "language": ("语言", "Language", "Bahasa"),
    "terminals": ("终端", "Terminals", "Terminal"),
    "no_terminals": ("还没有终端。", "There is no terminal yet.", "Belum ada terminal."),
    "signed_in": ("已签到", "signed in", "sudah masuk"),
    "signed_out": ("未签到", "not signed in", "belum masuk"),
    "batch": ("批次", "batch", "batch"),
    "in_doubt": ("待处理", "in doubt", "belum pasti"),
    "welcome": ("欢迎使用", "Ready", "Siap"),
    "dark": ("（断电后重新开机）", "(switched on again after the power cut)", "(dinyalakan lagi setelah listrik padam)"),
    "functions": ("功能", "Functions", "Fungsi"),
    "number": ("客户手机号", "Customer's number", "Nomor pelanggan"),
    "amount": ("金额（元）", "Amount (CNY)", "Jumlah (CNY)"),
    "password": ("服务密码", "Service password", "PIN layanan"),
    "trace": ("原凭证号", "Trace of the sale", "Trace transaksi"),
    "again": ("同号同额再充一次", "The same sale is meant once more", "Memang diulang sekali lagi"),
    "press": ("确认", "OK", "OK"),
    "faults": ("这一次让它出错", "Let something go wrong this time", "Buat gangguan kali ini"),
    "fault.lose_request": ("请求丢失", "Request is lost", "Permintaan hilang"),
    "fault.lose_answer": ("应答丢失", "Answer is lost", "Jawaban hilang"),
    "fault.twice": ("重复发送", "Sent twice", "Terkirim dua kali"),
    "fault.wrong_mac": ("MAC 错", "Wrong MAC", "MAC salah"),
    "fault.wrong_pin_key": ("PIN 密钥错", "Wrong PIN key", "Kunci PIN salah"),
    "fault.reversal_first": ("冲正先到", "Reversal comes first", "Koreksi tiba dahulu"),
    "cut": ("断电时刻", "Power goes", "Listrik padam"),
    "cut.": ("不断电", "not at all", "tidak"),
    "cut.saved": ("已保存，未发送", "saved, not sent", "tersimpan, belum terkirim"),
    "cut.sent": ("已发送，未应答", "sent, not answered", "terkirim, belum dijawab"),
    "cut.answered": ("已应答，未保存", "answered, not kept", "dijawab, belum disimpan"),
    "cut.kept": ("已保存，未打印", "kept, not shown", "disimpan, belum dicetak"),
    "delay": ("延迟发送（秒）", "Sent later by (seconds)", "Tunda kirim (detik)"),
    "slips": ("小票", "Slips", "Struk"),
    "no_slips": ("还没有打印。", "Nothing printed yet.", "Belum ada struk."),
    "frames": ("本次报文", "Messages of this key", "Pesan tombol ini"),
    "no_frames": ("没有报文。", "No message.", "Tidak ada pesan."),
    "sales": ("本机交易", "Transactions", "Transaksi"),
    "state.asked": ("已发出", "asked", "diminta"),
    "state.done": ("成功", "done", "berhasil"),
    "state.processing": ("处理中", "in hand", "diproses"),
    "state.refused": ("拒绝", "refused", "ditolak"),
    "state.reversed": ("已冲正", "taken back", "dikoreksi"),
    "state.unknown": ("未知", "unknown", "tidak diketahui"),
    "state.cancelled": ("已返销", "cancelled", "dibatalkan"),
    "was.cut": (
        "断电了。再按键时终端按文件恢复。",
        "The power went. The terminal goes on from its file.",
        "Listrik padam. Terminal lanjut dari berkasnya.",
    ),
    "was.bad_number": ("手机号应为 6 到 12 位数字。", "A number has 6 to 12 digits.", "Nomor terdiri dari 6 sampai 12 digit."),
    "was.bad_amount": ("金额应如 50 或 50.00。", "An amount is written like 50 or 50.00.", "Jumlah ditulis seperti 50 atau 50.00."),
    "was.bad_password": ("密码应为 4 到 12 位数字。", "A password has 4 to 12 digits.", "PIN terdiri dari 4 sampai 12 digit."),
    "was.bad_trace": ("凭证号为 1 到 6 位数字。", "A trace has 1 to 6 digits.", "Trace terdiri dari 1 sampai 6 digit."),
    "was.no_terminal": ("没有这台终端。", "There is no such terminal.", "Terminal tidak ada."),
}  # fmt: skip
PAGE: Final = Words(_PAGE)
