"""The words of the telephone's page in zh_CN, en and id."""

from typing import Final

from simulators.pages import Words

_PAGE: Final = {
    "title": ("店主的电话（模拟）", "The shopkeeper's telephone (simulated)", "Telepon pemilik toko (simulasi)"),
    "note": (
        "您是店主：选一条线路，拨号，听提示（右边有文字），按键办理。通话经真正的 Asterisk 到平台。",
        "You are the shopkeeper: choose a line, dial, listen (the words stand beside), press keys. Calls go through a real Asterisk.",
        "Anda pemilik toko: pilih saluran, hubungi, dengarkan (teks di samping), dan tekan tombol. Panggilan lewat Asterisk sungguhan.",
    ),
    "language": ("语言", "Language", "Bahasa"),
    "lines": ("线路", "Lines", "Saluran"),
    "dial": ("拨号", "Dial", "Hubungi"),
    "hang_up": ("挂机", "Hang up", "Tutup"),
    "listen": ("声音", "Sound", "Suara"),
    "heard": ("听到的", "Heard", "Terdengar"),
    "nothing_yet": ("还没有听到什么。", "Nothing yet.", "Belum ada."),
    "idle": ("未通话", "no call", "tidak ada panggilan"),
    "dialling": ("正在拨号", "dialling", "menghubungi"),
    "talking": ("通话中", "talking", "tersambung"),
    "refused": ("没有接通", "the call was not taken", "panggilan tidak diterima"),
    "ended": ("通话已结束", "the call is over", "panggilan selesai"),
    "exchange.fetching": (
        "正在取 Asterisk 并合成提示音，约半分钟……",
        "Asterisk is being fetched and the prompts are being spoken, half a minute or so ...",
        "Asterisk sedang diambil dan suara sedang dibuat, sekitar setengah menit ...",
    ),
    "exchange.missing": (
        "这台机器上没有 Asterisk，也取不到，语音不能试。原因：",
        "There is no Asterisk on this machine and none to be had, so there are no calls. Why: ",
        "Asterisk tidak ada di mesin ini dan tidak dapat diambil, jadi tidak ada panggilan. Sebab: ",
    ),
}
PAGE: Final = Words(_PAGE)


def exchange_text(state: str, language: str) -> str:
    """What the page says of an exchange that is not there yet: "fetching", or "missing: " and why."""
    kind, _, why = state.partition(": ")
    name = f"exchange.{kind}"
    return PAGE.text(name, language) + why if name in _PAGE else ""
