"""The words of the phone's page in zh_CN, en and id."""

from typing import Final

from simulators.pages import Words

_PAGE: Final = {
    "title": ("店主的手机（模拟）", "The shopkeeper's phone (simulated)", "Ponsel pemilik toko (simulasi)"),
    "note": (
        "您是店主：选一张卡，选菜单，填写后发送。短信由卡加密，经短信中心（SMPP）到平台；回来的短信显示在屏幕上。",
        ("You are the shopkeeper: choose a card and a menu item, fill in, send. The card encrypts the SMS; it travels through the SMS "
        "centre (SMPP) to the platform, and the SMS that come back are on the screen."),
        ("Anda pemilik toko: pilih kartu dan menu, isi, kirim. Kartu mengenkripsi SMS; SMS lewat pusat SMS (SMPP) ke platform, dan "
        "SMS balasan tampil di layar."),
    ),
    "language": ("语言", "Language", "Bahasa"),
    "cards": ("SIM 卡", "SIM cards", "Kartu SIM"),
    "clone_of": ("克隆", "clone", "kloningan"),
    "no_cards": ("抽屉里还没有卡。", "There is no card in the drawer yet.", "Belum ada kartu."),
    "counter": ("计数器", "counter", "penghitung"),
    "menu": ("卡上菜单", "Menu of the card", "Menu kartu"),
    "recharge": ("充值", "Recharge", "Isi ulang"),
    "repeat": ("重复充值", "Repeat", "Ulangi"),
    "balance": ("余额", "Balance", "Saldo"),
    "query": ("查询", "Query", "Cek status"),
    "reversal": ("返销", "Reversal", "Pembatalan"),
    "transfer": ("转账", "Transfer", "Transfer"),
    "change_password": ("改密码", "Password", "Ganti PIN"),
    "number": ("客户手机号", "Customer's number", "Nomor pelanggan"),
    "receiver": ("对方账号或卡号码", "Account or card's number", "Akun atau nomor kartu"),
    "amount": ("金额（元）", "Amount (CNY)", "Jumlah (CNY)"),
    "password": ("服务密码", "Service password", "PIN layanan"),
    "new_password": ("新密码", "New password", "PIN baru"),
    "send": ("发送", "Send", "Kirim"),
    "about_last": ("对本卡上一笔充值办理。", "About this card's last recharge.", "Untuk isi ulang terakhir kartu ini."),
    "tricks": ("如果路上出了事", "If something happens on the way", "Jika terjadi sesuatu di jalan"),
    "resend": ("同一条再送一次", "Same packet again", "Paket yang sama lagi"),
    "corrupt": ("损坏后再送", "Damaged on the way", "Rusak di jalan"),
    "clone": ("克隆此卡", "Clone the card", "Kloning kartu"),
    "tricks_note": (
        "再送：短信中心重复投递，只办一次。损坏：校验不过，平台不答。克隆：两张卡各自计数，平台会发现并停用。",
        ("Again: the centre delivers twice, it is done once. Damaged: the checksum fails and the platform says nothing. Clone: two "
        "cards count apart; the platform notices and blocks them."),
        ("Lagi: pusat SMS mengirim dua kali, diproses sekali. Rusak: pemeriksaan gagal, platform diam. Kloning: dua kartu menghitung "
        "sendiri-sendiri; platform tahu dan memblokir."),
    ),
    "screen": ("短信", "SMS", "SMS"),
    "nothing_yet": ("还没有短信。", "No SMS yet.", "Belum ada SMS."),
    "customers": ("客户收到的短信", "SMS that customers got", "SMS yang diterima pelanggan"),
    "customers_none": ("客户还没有收到短信。", "Customers have had no SMS yet.", "Pelanggan belum menerima SMS."),
    "to": ("发给", "to", "kepada"),
    "state.waiting": ("在短信中心等待", "waiting at the centre", "menunggu di pusat SMS"),
    "state.sent": ("已发出", "sent", "terkirim"),
    "state.taken": ("平台已收", "taken by the platform", "diterima platform"),
    "state.refused": ("平台拒收", "refused by the platform", "ditolak platform"),
    "bound": ("平台在线", "platform is bound", "platform terhubung"),
    "not_bound": ("平台不在线，短信留在中心", "platform is not bound; SMS stay at the centre", "platform tidak terhubung; SMS menunggu"),
    "was.sent": ("已发送。", "Sent.", "Terkirim."),
    "was.cloned": ("已克隆，新卡在上面可选。", "Cloned; choose the copy above.", "Dikloning; pilih salinannya di atas."),
    "was.bad_number": ("手机号应为 6 到 12 位数字。", "A number has 6 to 12 digits.", "Nomor terdiri dari 6 sampai 12 digit."),
    "was.bad_receiver": ("账号应为 4 到 20 位数字。", "An account has 4 to 20 digits.", "Akun terdiri dari 4 sampai 20 digit."),
    "was.bad_amount": (
        "金额应如 50 或 50.00。", "An amount is written like 50 or 50.00.", "Jumlah ditulis seperti 50 atau 50.00."
    ),
    "was.bad_password": ("密码应为 4 到 6 位数字。", "A password has 4 to 6 digits.", "PIN terdiri dari 4 sampai 6 digit."),
    "was.no_sale": ("本卡还没有充值过。", "This card has not sold anything yet.", "Kartu ini belum pernah menjual."),
    "was.no_message": ("本卡还没有发过短信。", "This card has not sent anything yet.", "Kartu ini belum pernah mengirim."),
    "was.no_network": ("短信中心连不上。", "The SMS centre does not answer.", "Pusat SMS tidak menjawab."),
    "was.no_card": ("没有这张卡。", "There is no such card.", "Kartu tidak ada."),
}  # fmt: skip
PAGE: Final = Words(_PAGE)
