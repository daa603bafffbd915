"""What the operator's commands say when they have done something, and what stands in their way."""

from recharge.texts.catalogue import lazy_gettext as _

DONE = _("已完成。")
SETTINGS_GOOD = _("设置无误，数据库已是最新，密钥和充值通道可用。")
DATABASE_AWAY = _("数据库连接不上或正忙：{reason}")
SCHEMA_OLD = _("数据库结构不是最新，请先执行 kongchong migrate。")
NOT_SET_UP = _("还没有平台本部，请先执行 kongchong seed 或 kongchong party add。")
SECRET_CLOSED = _("密钥 {name} 用现在的主密钥打不开。")
LINK_UNUSABLE = _("充值通道不能用：{reason}")
SEED_BAD = _("初始资料不能用：{reason}")
SEEDED = _("初始资料已装入；登录密码和服务密码写在 {file}，请交给本人后删除。")
SEEDED_BEFORE = _("初始资料以前已经装入，未作改动。")
RANGES_LOADED = _("已导入号段{count}个。")
DEPOSITED = _("已预存{amount_minor}，单号{order_number}。")
DEPOSITED_BEFORE = _("此凭据以前已预存{amount_minor}，单号{order_number}，未重复入账。")
RULE_MADE = _("规则已保存，待读回复中有{count}条由它读出。")
RULES_STARTED = _("已装入规则{count}条；标为 synthetic 的规则须先用真实回复核对。")
PUT_AWAY = _("已收起同一措辞的待读回复{count}条。")
READ_BY = _("由规则 {name} 读出：{meaning}")
NOT_READ = _("读不出（{reason}）{name}：此回复按结果未知处理。")
STOCK_BOUGHT = _("已进货{amount_minor}，单号{order_number}。")
NEW_PASSWORD = _("新密码：{password}（只显示这一次）")
NOT_A_FILE_OF_OURS = _("{file} 他人可以读取，请先 chmod 600。")
BALANCES_RIGHT = _("全部余额和计数与分录一致。")
DIFFERENCE = _("{owner} {what}：存储{stored}，应为{derived}")
CHAIN_WHOLE = _("封印链完整。")

PORT_TAKEN = _("端口 {port} 已被占用，请先停下占用它的程序。")
HOME_TAKEN = _("另一个空充正在使用 {folder}。")
NOT_UP = _("{name} 没有启动成功，请看 {file}。")
STARTING = _("正在启动，请稍候……")
STOPPING = _("正在停止……")
RESTARTED = _("{name} 意外停止，已重新启动。")
READY = _(
    "空充已启动。\n"
    "  页面：{page}\n"
    "  网点登录：用户名 {user_name}，密码 {password}，服务密码 {service_password}\n"
    "  模拟运营商控制台：{control}"
)
PHONE = _("店主的手机（发短信充值）：{phone}")
CHIPS = _("卡池与收发短信的卡：{farm}  由 {line} 向 {inbox} 发送 {text}")
POS = _("店里的 POS 机：{pos_terminal}")
TELEPHONE = _("店主的电话（语音充值，或在终端里：kongchong call）：{telephone}")
CLOSE = _(
    "财务（日结）：经办 {maker}，密码 {maker_password}，服务密码 {maker_service_password}；"
    "复核 {checker}，密码 {checker_password}，服务密码 {checker_service_password}；设置 {settings}"
)
TRY = _("试充：13800138000，50.00 元。按 Ctrl-C 停止。")
