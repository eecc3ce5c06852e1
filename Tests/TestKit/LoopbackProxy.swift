import Glibc
import Synchronization

/// A TCP relay on this machine that cuts or stalls what passes through it after a set byte.
package final class LoopbackProxy: Sendable {
  /// One accident, which happens once: the byte that is not passed on any more ends it all.
  package struct Fuse: Sendable {
    /// Whose bytes are counted.
    package enum Direction: Sendable { case toServer, toClient }
    /// What happens at the end of the count.
    package enum Accident: Sendable {
      /// Every connection through the relay is cut.
      case cut
      /// Nothing moves any more on this connection, which stays open.
      case stall
    }

    let direction: Direction
    var byteCount: Int
    let accident: Accident

    /// Lets `byteCount` bytes pass in the direction first.
    package init(_ direction: Direction, after byteCount: Int, _ accident: Accident) {
      self.direction = direction
      self.byteCount = byteCount
      self.accident = accident
    }
  }

  /// What the threads share; it lives until the last of them ends.
  fileprivate final class Relay: Sendable {
    struct State {
      var fuse: Fuse?
      var pause = Duration.zero
      var sockets: Set<Int32> = []
    }

    let state = Mutex(State())
    let listener: Int32
    let target: UInt16

    init(listener: Int32, target: UInt16) {
      self.listener = listener
      self.target = target
    }

    deinit {
      for socket in state.withLock({ $0.sockets }) { close(socket) }
    }
  }

  /// The port to connect to instead of the server's.
  package let port: UInt16
  private let relay: Relay

  /// Starts to relay connections to a port of this machine.
  package init(to target: UInt16) throws {
    let (listener, port) = try Loopback.listener()
    self.port = port
    relay = Relay(listener: listener, target: target)
    Self.detach { [relay] in relay.accept() }
  }

  deinit {
    shutdown(relay.listener, Int32(SHUT_RDWR))
    relay.cutAll()
  }

  /// Arranges for an accident, in place of any other that has not happened yet.
  package func arm(_ fuse: Fuse) { relay.state.withLock { $0.fuse = fuse } }

  /// Calls off the accident that was arranged; returns false when it has happened already.
  @discardableResult
  package func disarm() -> Bool {
    relay.state.withLock { state in
      defer { state.fuse = nil }
      return state.fuse != nil
    }
  }

  /// From now on passes on at most 64 KiB between two pauses, in each direction.
  package func slowDown(pausing pause: Duration) { relay.state.withLock { $0.pause = pause } }

  /// Cuts every connection now.
  package func cutAll() { relay.cutAll() }

  fileprivate static func detach(_ body: @escaping @Sendable () -> Void) {
    final class Box: Sendable {
      let body: @Sendable () -> Void
      init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var thread = pthread_t()
    let argument = Unmanaged.passRetained(Box(body)).toOpaque()
    pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body()
        return nil
      }, argument)
    pthread_detach(thread)
  }
}

extension LoopbackProxy.Relay {
  func accept() {
    while true {
      let client = Glibc.accept(listener, nil, nil)
      guard client >= 0 else { break }
      guard let server = Loopback.connection(to: target) else {
        close(client)
        continue
      }
      state.withLock { $0.sockets.formUnion([client, server]) }
      LoopbackProxy.detach { self.pump(from: client, to: server, .toServer) }
      LoopbackProxy.detach { self.pump(from: server, to: client, .toClient) }
    }
    close(listener)
  }

  /// Shuts down every socket, upon which the threads that read them end.
  ///
  /// Descriptors are kept until the relay goes, so that no number is given out twice.
  func cutAll() {
    for socket in state.withLock({ $0.sockets }) { shutdown(socket, Int32(SHUT_RDWR)) }
  }

  func pump(from source: Int32, to target: Int32, _ direction: LoopbackProxy.Fuse.Direction) {
    var bytes = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = recv(source, &bytes, bytes.count, 0)
      guard count > 0 else { break }
      let pause = state.withLock { $0.pause }
      if pause > .zero { usleep(UInt32(pause / .microseconds(1))) }
      let (allowed, accident) = burn(count, direction)
      guard forward(bytes.prefix(allowed), to: target) else { break }
      switch accident {
      case .cut: return cutAll()
      case .stall: return
      case nil: continue
      }
    }
    shutdown(source, Int32(SHUT_RDWR))
    shutdown(target, Int32(SHUT_RDWR))
  }

  private func burn(_ count: Int, _ direction: LoopbackProxy.Fuse.Direction) -> (
    Int, LoopbackProxy.Fuse.Accident?
  ) {
    state.withLock { state in
      guard var fuse = state.fuse, fuse.direction == direction else { return (count, nil) }
      if count <= fuse.byteCount {
        fuse.byteCount -= count
        state.fuse = fuse
        return (count, nil)
      }
      state.fuse = nil
      return (fuse.byteCount, fuse.accident)
    }
  }

  private func forward(_ bytes: ArraySlice<UInt8>, to target: Int32) -> Bool {
    var rest = bytes
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        send(target, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }
}
