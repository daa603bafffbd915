"""The texts of the control page in zh_CN, en and id."""

from typing import Final

from simulators.pages import Words

_PAGE: Final = {
    "title": ("运营商充值平台（模拟）", "Carrier recharge platform (simulated)", "Platform isi ulang operator (simulasi)"),
    "note": (
        "这是一个独立进程，有自己的账本；账本以此处为准。",
        "A process of its own with its own ledger; what stands here is the truth.",
        "Proses tersendiri dengan buku besar sendiri; yang tercatat di sini adalah kebenaran.",
    ),
    "now": ("当前行为", "Behaving now", "Perilaku sekarang"),
    "break": ("让它出问题", "Break it", "Buat bermasalah"),
    "button.ok": ("正常", "Normal", "Normal"),
    "button.slow": ("变慢", "Slow", "Lambat"),
    "button.silent_done": ("做完不回应", "Silent after doing it", "Diam setelah diproses"),
    "button.down": ("断线", "Down", "Mati"),
    "button.callback_five": ("重复回调", "Duplicate callbacks", "Callback ganda"),
    "button.late": ("迟到处理", "Late", "Terlambat"),
    "apply": ("用于所有号码", "For every number", "Untuk semua nomor"),
    "reset": ("清空账本并恢复", "Empty the ledger and restore", "Kosongkan buku besar dan pulihkan"),
    "stock": ("库存", "Stock", "Stok"),
    "opening": ("存入", "Put in", "Disetor"),
    "free": ("可用", "Free", "Tersedia"),
    "reserved": ("处理中占用", "Held for orders in process", "Ditahan untuk pesanan berjalan"),
    "charged": ("已扣", "Charged", "Ditagih"),
    "agrees": ("库存与账本一致", "Stock and credits agree", "Stok dan kredit cocok"),
    "disagrees": ("库存与账本不一致！", "Stock and credits do NOT agree!", "Stok dan kredit TIDAK cocok!"),
    "totals": ("合计", "Totals", "Jumlah"),
    "orders": ("交易", "Orders", "Pesanan"),
    "credits": ("已到账", "Credited", "Dikreditkan"),
    "taken_back": ("已返销", "Taken back", "Ditarik kembali"),
    "in_process": ("处理中", "In process", "Diproses"),
    "failed": ("失败", "Failed", "Gagal"),
    "most_credits": ("单一流水号最多到账次数", "Most credits under one reference", "Kredit terbanyak per referensi"),
    "latest": ("最近的交易", "Latest orders", "Pesanan terbaru"),
    "none": ("还没有交易。", "No orders yet.", "Belum ada pesanan."),
    "time": ("完成时间", "Finished", "Selesai"),
    "kind": ("业务", "Operation", "Operasi"),
    "kind.R": ("充值", "Recharge", "Isi ulang"),
    "kind.B": ("缴费", "Bill payment", "Bayar tagihan"),
    "kind.V": ("返销", "Reversal", "Pembatalan"),
    "reference": ("流水号", "Reference", "Referensi"),
    "number": ("号码", "Number", "Nomor"),
    "amount": ("金额（元）", "Amount (CNY)", "Jumlah (CNY)"),
    "delivered": ("到账（元）", "Credited (CNY)", "Dikreditkan (CNY)"),
    "state": ("状态", "State", "Status"),
    "serial": ("凭证号", "Serial number", "Nomor seri"),
    "behaviour": ("行为", "Behaviour", "Perilaku"),
    "callbacks": ("回调/确认", "Callbacks/acked", "Callback/diakui"),
    "suffixes": (
        "所有行为，及选用它的号码后四位",
        "All behaviours, and the last four digits that choose them",
        "Semua perilaku, dan empat digit terakhir yang memilihnya",
    ),
    "default": ("默认", "Default", "Bawaan"),
    "digits": ("后四位", "Last four", "Empat digit"),
    "meaning": ("含义", "Meaning", "Arti"),
    "language": ("语言", "Language", "Bahasa"),
}
PAGE: Final = Words(_PAGE)

_CODES: Final = {
    "0000": ("成功", "Done", "Berhasil"),
    "0001": ("部分成功", "Done in part", "Berhasil sebagian"),
    "0002": ("已返销", "Taken back", "Ditarik kembali"),
    "1000": ("处理中", "In process", "Diproses"),
    "3001": ("号码不存在", "No such number", "Nomor tidak ada"),
    "3002": ("已停机", "Barred", "Diblokir"),
    "3003": ("超限", "Over limit", "Melebihi batas"),
    "3004": ("金额不允许", "Amount not allowed", "Jumlah tidak diizinkan"),
    "3005": ("号码类型不符", "Wrong kind of number", "Jenis nomor salah"),
    "3009": ("计费拒绝", "Charging refused", "Ditolak penagihan"),
    "6001": ("原交易不存在", "Original unknown", "Asal tidak dikenal"),
    "6002": ("原交易未成功", "Original not done", "Asal tidak berhasil"),
    "6003": ("非当日", "Another day", "Hari lain"),
    "6004": ("已返销过", "Already taken back", "Sudah ditarik"),
    "6005": ("金额已用", "Amount used up", "Sudah terpakai"),
}
CODES: Final = Words(_CODES)

_BEHAVIOURS: Final = {
    "ok": ("立即成功", "succeeds at once", "langsung berhasil"),
    "slow": ("成功但慢，偶尔很慢", "succeeds, slowly, now and then very slowly", "berhasil, lambat, kadang sangat lambat"),
    "silent_done": ("做完但不回应", "does it, never answers", "diproses, tidak menjawab"),
    "reset_done": ("做完后断开连接", "does it, then resets the connection", "diproses, lalu koneksi diputus"),
    "garbage_done": ("做完但回应乱码", "does it, answers garbage", "diproses, jawaban rusak"),
    "bad_gateway_done": ("做完但回应 502", "does it, answers HTTP 502", "diproses, jawaban HTTP 502"),
    "bad_signature_done": ("做完但签名错误", "does it, signs the answer wrongly", "diproses, tanda tangan salah"),
    "wrong_echo_done": ("做完但回应金额不同", "does it, echoes another amount", "diproses, jumlah di jawaban berbeda"),
    "silent_nothing": ("不做也不回应", "does nothing, never answers", "tidak diproses, tidak menjawab"),
    "bad_gateway_nothing": ("不做，回应 502", "does nothing, answers HTTP 502", "tidak diproses, jawaban HTTP 502"),
    "accepted_ok": ("受理，稍后成功并回调", "accepts, later succeeds and calls back", "diterima, lalu berhasil dan callback"),
    "accepted_failed": ("受理，稍后失败并回调", "accepts, later fails and calls back", "diterima, lalu gagal dan callback"),
    "accepted_never_called": ("受理后成功，从不回调", "accepts, succeeds, never calls back", "diterima, berhasil, tanpa callback"),
    "accepted_partial": ("受理，稍后部分成功", "accepts, later succeeds in part", "diterima, lalu berhasil sebagian"),
    "accepted_stuck": ("受理后一直处理中", "accepts, stays in process for ever", "diterima, diproses terus"),
    "accepted_failed_never_called": ("受理后失败，从不回调", "accepts, fails, never calls back", "diterima, gagal, tanpa callback"),
    "callback_five": ("受理后回调五次", "accepts, calls back five times", "diterima, callback lima kali"),
    "callback_first": ("先回调，后回应“处理中”", "calls back before it answers “in process”", "callback sebelum menjawab “diproses”"),
    "callback_bad_signature": ("回调签名总是错误", "signs every callback wrongly", "tanda tangan callback selalu salah"),
    "callback_out_of_order": ("先告知返销，后告知成功", "tells of the taking back before the success", "penarikan diberitahukan dulu"),
    "callback_failed_after_ok": ("成功回调后又称失败", "calls back success, then failure", "callback berhasil, lalu gagal"),
    "callback_failed_before_ok": ("先称失败后称成功", "calls back failure, then success", "callback gagal, lalu berhasil"),
    "hidden": ("做完不回应，查询先说没有", "does it silently, denies it to queries for a while", "diproses diam-diam, sementara disangkal"),
    "late": ("不回应，过一会儿才做", "never answers, does it only later", "tidak menjawab, baru diproses kemudian"),
    "partial": ("只到账一半", "credits half", "mengkreditkan setengah"),
    "taken_back": ("成功后由运营商收回", "succeeds, then the carrier takes it back", "berhasil, lalu ditarik operator"),
    "not_sure_done": ("回应结果不明，实际成功", "answers “not sure”, did it", "menjawab “tidak pasti”, diproses"),
    "not_sure_failed": ("回应结果不明，实际失败", "answers “not sure”, failed", "menjawab “tidak pasti”, gagal"),
    "unlisted_code_done": ("成功但回应未知代码", "does it, answers a code outside the table", "diproses, kode tidak terdaftar"),
    "absent": ("号码不存在", "no such number", "nomor tidak ada"),
    "barred": ("号码停机", "number barred", "nomor diblokir"),
    "over_limit": ("号码超限", "number over its limit", "nomor melebihi batas"),
    "amount_not_allowed": ("金额不允许", "amount not allowed", "jumlah tidak diizinkan"),
    "wrong_kind": ("号码类型不符", "wrong kind of number", "jenis nomor salah"),
    "rate_limited": ("请求过于频繁 (429)", "too many requests (429)", "terlalu banyak permintaan (429)"),
    "maintenance": ("维护中 (503)", "closed for maintenance (503)", "pemeliharaan (503)"),
    "stock_out": ("库存不足", "stock too low", "stok tidak cukup"),
    "partner_locked": ("合作方锁定", "partner locked", "mitra terkunci"),
    "wrong_pin": ("密钥或密码错误", "key or PIN wrong", "kunci atau PIN salah"),
    "down": ("收到即断开，什么都不做", "resets every connection, does nothing", "memutus koneksi, tidak memproses"),
    "refused": ("端口关闭，拒绝连接", "closes its port, refuses connections", "menutup port, menolak koneksi"),
}
BEHAVIOURS: Final = Words(_BEHAVIOURS)


def code_text(code: str, language: str) -> str:
    """What a result code means, in a few words; the bare code where the page has no words for it."""
    return CODES.text(code, language) if code in _CODES else code


def behaviour_text(name: str, language: str) -> str:
    """What a behaviour does."""
    return BEHAVIOURS.text(name, language)
