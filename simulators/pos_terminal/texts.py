"""The words of the terminal, its slips and its page in zh_CN, en and id."""

from typing import Final

from simulators.pages import Words
from simulators.pos_terminal.codes import CODES

_TERMINAL: Final = {
    "slip.recharge": ("空中充值凭证", "RECHARGE RECEIPT", "STRUK ISI ULANG"),
    "slip.bill": ("缴费凭证", "BILL PAYMENT RECEIPT", "STRUK PEMBAYARAN"),
    "slip.cancel": ("返销凭证", "CANCEL RECEIPT", "STRUK PEMBATALAN"),
    "slip.reversal": ("冲正凭证", "REVERSAL RECEIPT", "STRUK KOREKSI"),
    "slip.given_up": ("交易提示", "NOTICE", "PEMBERITAHUAN"),
    "slip.settlement": ("批结算单", "SETTLEMENT", "PENUTUPAN BATCH"),
    "slip.batch_closed": ("主机已换批次", "HOST CLOSED THE BATCH", "BATCH DITUTUP HOST"),
    "row.merchant": ("商户编号", "Merchant", "Merchant"),
    "row.terminal": ("终端 操作员", "Terminal", "Terminal"),
    "row.kind": ("交易类型", "Type", "Jenis"),
    "row.number": ("手机号码", "Number", "Nomor"),
    "row.amount": ("金额", "Amount", "Jumlah"),
    "row.batch": ("批次号", "Batch", "Batch"),
    "row.trace": ("凭证号", "Trace", "Trace"),
    "row.original": ("原凭证号", "Original", "Asal"),
    "row.reference": ("参考号", "Ref", "Ref"),
    "row.order": ("订单号", "Order", "Order"),
    "row.serial": ("运营商流水", "Serial", "Serial"),
    "row.time": ("日期时间", "Time", "Waktu"),
    "row.balance": ("账户余额", "Balance", "Saldo"),
    "row.note": ("备注", "Note", "Catatan"),
    "row.debit": ("充值笔数 金额", "Sold", "Terjual"),
    "row.credit": ("返销笔数 金额", "Cancelled", "Dibatalkan"),
    "function.sign_in": ("签到", "Sign in", "Masuk"),
    "function.recharge": ("充值", "Recharge", "Isi ulang"),
    "function.bill": ("缴费", "Pay bill", "Bayar tagihan"),
    "function.cancel": ("当日返销", "Cancel", "Batalkan"),
    "function.enquire": ("充值确认", "Confirm", "Konfirmasi"),
    "function.balance": ("余额", "Balance", "Saldo"),
    "function.check_number": ("号码查询", "Number", "Cek nomor"),
    "function.settle": ("批结算", "Settle", "Tutup batch"),
    "function.download": ("参数下载", "Parameters", "Parameter"),
    "function.status": ("状态上送", "Status", "Status"),
    "function.echo": ("回响", "Echo", "Echo"),
    "function.sign_off": ("签退", "Sign off", "Keluar"),
    "signed_in": ("签到成功", "Signed in", "Sudah masuk"),
    "signed_off": ("签退成功", "Signed off", "Sudah keluar"),
    "echoed": ("通讯正常", "The host is there", "Host menjawab"),
    "reported": ("状态已上送", "Status reported", "Status terkirim"),
    "downloaded": ("参数已下载", "Parameters taken over", "Parameter diterima"),
    "batch": ("批次号", "Batch", "Batch"),
    "balance": ("账户余额", "Balance", "Saldo"),
    "number": ("号码", "Number", "Nomor"),
    "carrier": ("运营商", "Carrier", "Operator"),
    "province": ("归属地", "Province", "Provinsi"),
    "amounts": ("可售面额（分）", "Amounts sold (fen)", "Nominal (fen)"),
    "host": ("主机提示", "Host", "Host"),
    "recharge_done": ("充值成功", "Recharged", "Isi ulang berhasil"),
    "bill_done": ("缴费成功", "Bill paid", "Tagihan dibayar"),
    "cancel_done": ("返销成功", "Cancelled", "Dibatalkan"),
    "later": ("已受理，处理中，请稍后确认", "Accepted, in hand; confirm later", "Diterima, sedang diproses"),
    "refused": ("交易拒绝", "Refused", "Ditolak"),
    "no_line": ("通讯失败，交易未发出", "No connection; nothing was sent", "Tidak ada koneksi; tidak terkirim"),
    "no_answer": ("接收超时", "No answer", "Tidak ada jawaban"),
    "bad_mac": ("应答 MAC 校验错", "MAC of the answer is wrong", "MAC jawaban salah"),
    "bad_answer": ("应答报文有误", "The answer makes no sense", "Jawaban tidak terbaca"),
    "wrong_keys": ("密钥校验值不符，签到失败", "Key check values do not fit", "Nilai cek kunci tidak cocok"),
    "must_sign_in": ("请先签到", "Sign in first", "Masuk dahulu"),
    "settle_first": ("结算未完成，请继续结算", "Finish the settlement first", "Selesaikan penutupan dahulu"),
    "no_such_sale": ("找不到该笔交易", "No such transaction", "Transaksi tidak ada"),
    "cancelled_already": ("该笔已返销", "Cancelled already", "Sudah dibatalkan"),
    "trying.confirm": ("正在确认上笔交易", "Asking what became of", "Menanyakan transaksi"),
    "trying.reversal": ("正在冲正上笔交易", "Taking back", "Mengoreksi transaksi"),
    "reversed": ("冲正成功", "Taken back", "Dikoreksi"),
    "not_reversed": ("冲正不成功 请与客服联系", "NOT REVERSED. CALL SERVICE", "KOREKSI GAGAL. HUBUNGI LAYANAN"),
    "not_confirmed": ("交易结果未知 请与客服联系", "OUTCOME UNKNOWN. CALL SERVICE", "HASIL TIDAK DIKETAHUI. HUBUNGI LAYANAN"),
    "in_doubt": ("结果待确认，下次联机时处理", "In doubt; followed up at the next call", "Belum pasti; ditanyakan lagi nanti"),
    "overtook": ("冲正先到，主机应答", "The reversal came first; answered", "Koreksi tiba lebih dulu; dijawab"),
    "balanced": ("对账平", "Totals agree", "Total cocok"),
    "not_balanced": ("对账不平", "Totals differ", "Total berbeda"),
    "still_open": ("仍在处理中", "Still in hand", "Masih diproses"),
    "uploaded": ("批上送完成，笔数", "Uploaded", "Terkirim"),
    "settled": ("结算完成，请重新签到", "Settled; sign in again", "Selesai; masuk lagi"),
    "host_asks": ("主机要求", "The host asks for", "Host meminta"),
}  # fmt: skip
_SHOWN, _EXPLAINED = Words(_TERMINAL), Words(CODES)


def say(name: str, language: str) -> str:
    """A text by its name; a response code by code.NN, an unknown one as it stands."""
    if name.startswith("code."):
        code = name.removeprefix("code.")
        return _EXPLAINED.text(code, language) if code in CODES else ""
    return _SHOWN.text(name, language)
