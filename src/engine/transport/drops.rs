//! Datagrams that the kernel threw away before we could read them.

use std::net::SocketAddr;

/// Of the sockets at these addresses, in `/proc/net/udp` and `/proc/net/udp6`; `None` where there is no such file.
pub fn of(addresses: impl Iterator<Item = SocketAddr>) -> Option<u64> {
    let (v4, v6) = (std::fs::read_to_string("/proc/net/udp").ok()?, std::fs::read_to_string("/proc/net/udp6"));
    let v6 = v6.unwrap_or_default();
    Some(addresses.map(|address| in_table(if address.is_ipv4() { &v4 } else { &v6 }, &address)).sum())
}

/// Of the sockets at an address, in one such table.
fn in_table(table: &str, address: &SocketAddr) -> u64 {
    let at = local(address);
    let lines = table.lines().skip(1).map(|line| line.split_ascii_whitespace().collect::<Vec<_>>());
    let ours = lines.filter(|fields| fields.get(1) == Some(&at.as_str()));
    ours.filter_map(|fields| fields.last().and_then(|drops| drops.parse::<u64>().ok())).sum()
}

/// As the kernel writes it: the address as numbers of the machine's own order, and the port.
fn local(address: &SocketAddr) -> String {
    let octets = match address {
        SocketAddr::V4(v4) => v4.ip().octets().to_vec(),
        SocketAddr::V6(v6) => v6.ip().octets().to_vec(),
    };
    let words = octets.chunks_exact(4).map(|word| u32::from_ne_bytes([word[0], word[1], word[2], word[3]]));
    format!("{}:{:04X}", words.map(|word| format!("{word:08X}")).collect::<String>(), address.port())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::UdpSocket;

    #[test]
    fn what_a_full_buffer_costs_is_counted() {
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::DGRAM, None).unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        socket.bind(&"127.0.0.1:0".parse::<SocketAddr>().unwrap().into()).unwrap();
        let at = socket.local_addr().unwrap().as_socket().unwrap();
        assert_eq!(of([at].into_iter()), Some(0));
        let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
        for _ in 0..200 {
            sender.send_to(&[0; 1000], at).unwrap();
        }
        assert!(of([at].into_iter()).unwrap() > 100);
        let table = "head\n 7: 0100007F:13C4 00000000:0000 07 0:0 00:0 0 0 0 1 2 x 17\n";
        assert_eq!(in_table(table, &"127.0.0.1:5060".parse().unwrap()), 17);
        assert_eq!(local(&"[::1]:5060".parse().unwrap()), "00000000000000000000000001000000:13C4");
    }
}
