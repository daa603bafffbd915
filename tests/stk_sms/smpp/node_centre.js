// A centre on npm's `smpp`, which we did not write: it brings one binary order, takes the reply, and sends its receipt.
const smpp = require('smpp');
const tell = (what) => console.log(JSON.stringify(what));
const [port, order] = [Number(process.argv[2]), Buffer.from(process.argv[3], 'hex')];

const server = smpp.createServer((session) => {
  session.on('error', (error) => tell({ event: 'error', error: String(error) }));
  session.on('bind_transceiver', (pdu) => {
    session.send(pdu.response({ system_id: 'node' }));
    tell({ event: 'bind', system_id: pdu.system_id, password: pdu.password, version: pdu.interface_version });
    session.deliver_sm({
      source_addr: '13800138000', destination_addr: '10086', protocol_id: 0x7f, data_coding: 0xf6, esm_class: 0x40,
      short_message: { udh: order.subarray(0, 3), message: order.subarray(3) },
    }, (answer) => tell({ event: 'order', status: answer.command_status }));
  });
  session.on('submit_sm', (pdu) => {
    const text = pdu.short_message.message;
    tell({ event: 'reply', to: pdu.destination_addr, coding: pdu.data_coding, text: String(text), report: pdu.registered_delivery });
    session.send(pdu.response({ message_id: '0000000A1B' }));
    session.deliver_sm({
      source_addr: pdu.destination_addr, destination_addr: pdu.source_addr, esm_class: 4,
      short_message: 'id:2587 sub:001 dlvrd:001 submit date:2611200200 done date:2611200201 stat:DELIVRD err:000 text:',
      receipted_message_id: '0000000A1B', message_state: 2,
    }, (answer) => tell({ event: 'receipt', status: answer.command_status }));
  });
  session.on('enquire_link', (pdu) => session.send(pdu.response()));
  session.on('unbind', (pdu) => {
    tell({ event: 'unbind' });
    session.send(pdu.response());
  });
});
server.listen(port, '127.0.0.1', () => tell({ event: 'listening' }));
