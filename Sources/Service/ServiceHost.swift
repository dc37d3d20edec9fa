package import Contract
import Foundation
import Glibc
import Synchronization

/// Lets other processes of the same user talk to a keeper, over a socket in the file system.
///
/// One thread serves all of them and waits for none: a client that does not read, or asks without end, loses its own connection only.
package final class ServiceHost: Sendable {
    private let mail: Mail
    private let finished = DispatchSemaphore(value: 0)
    private let stopped = Atomic<Bool>(false)

    /// - Parameter path: the socket; its folder is made, and is nobody else's.
    package init(_ keeper: any Keeper, at path: String) throws(KeeperError) {
        let folder = (path as NSString).deletingLastPathComponent
        try Self.claim(folder)
        let lock = try Self.lock(path)
        let (waker, listener): (Waker, Int32)
        do throws(KeeperError) {
            (waker, listener) = (try Waker(), try Self.listen(path))
        } catch {
            close(lock)
            throw error
        }
        mail = Mail(waker)
        // The keeper's subscriptions last as long as it does; this object may go earlier.
        keeper.subscribe { [weak mail] event in mail?.put(.event(event)) }
        ServiceThread.start(name: "service") { [mail, finished] in
            ServiceLoop(keeper, mail, listener).run()
            mail.close()
            close(listener)
            unsafe unlink(path)
            close(lock)
            finished.signal()
        }
    }

    deinit { stop() }

    /// Closes every connection and removes the socket.
    package func stop() {
        guard !stopped.exchange(true, ordering: .relaxed) else { return }
        mail.put(.stop)
        finished.wait()
    }

    private static func claim(_ folder: String) throws(KeeperError) {
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        var status = stat()
        guard unsafe lstat(folder, &status) == 0 else { throw Wire.failure("cannot make", folder) }
        guard status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid() else {
            throw KeeperError(.host, "\(folder) is not a folder of yours; no socket is made in it")
        }
        guard unsafe status.st_mode & 0o077 == 0 || chmod(folder, 0o700) == 0 else { throw Wire.failure("cannot protect", folder) }
    }

    /// Whoever holds the lock owns the socket's name, so that a socket that is found under the lock is one that a dead process left.
    private static func lock(_ path: String) throws(KeeperError) -> Int32 {
        let lock = unsafe open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard lock >= 0 else { throw Wire.failure("cannot open", path + ".lock") }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            close(lock)
            throw KeeperError(.busy, "another workstation answers at \(path)")
        }
        return lock
    }

    private static func listen(_ path: String) throws(KeeperError) -> Int32 {
        var status = stat()
        if unsafe lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK { unsafe unlink(path) }
        // Nobody can connect before listen(), so the mode is right from the first moment.
        return try unsafe Wire.socket(at: path) { socket, name, size in
            unsafe bind(socket, name, size) == 0 && chmod(path, 0o600) == 0 && Glibc.listen(socket, 16) == 0
        }
    }
}

/// What other threads have for the one that serves.
private final class Mail: Sendable {
    enum Item: Sendable {
        case event(KeeperEvent)
        case reply(client: Int, request: UInt64, Result<KeeperReply, KeeperError>)
        case stop
    }

    /// nil once nobody takes it any more.
    private let items = Mutex<[Item]?>([])
    let waker: Waker

    init(_ waker: Waker) { self.waker = waker }

    func put(_ item: Item) {
        items.withLock { $0?.append(item) }
        waker.ring()
    }

    func take() -> [Item] {
        waker.quieten()
        return items.withLock { items in
            defer { if items != nil { items = [] } }
            return items ?? []
        }
    }

    func close() { items.withLock { $0 = nil } }
}

private final class ServiceLoop {
    private struct Client {
        var channel: Channel
        var subscriptions: [(request: UInt64, hasBegun: Bool)] = []
        /// Commands that the keeper has not answered.
        var outstanding = 0
        var listens: Bool { outstanding < ServiceLoop.mostOutstanding }
    }

    private static let mostClients = 64, mostOutstanding = 64, mostSubscriptions = 16

    private let keeper: any Keeper
    private let mail: Mail
    private let listener: Int32
    private var clients: [Int: Client] = [:]
    private var lastClient = 0
    /// The library as the events so far tell it.
    private var machines: [MachineSummary]?
    /// What else the keeper said at its subscription, brought up to date: for those that come later. nil where it said nothing.
    private var past: [LogEntry]?
    private var jobs: [JobSummary]?
    private static let mostPast = 500, mostJobs = 100

    init(_ keeper: any Keeper, _ mail: Mail, _ listener: Int32) { (self.keeper, self.mail, self.listener) = (keeper, mail, listener) }

    func run() {
        while true {
            for item in mail.take() {
                switch item {
                case .event(let event): happened(event)
                case .reply(let client, let request, let result): answer(client, request, result)
                case .stop:
                    for client in clients.values { close(client.channel.socket) }
                    return
                }
            }
            for number in Array(clients.keys) { serve(number) }
            let order = clients.keys.sorted()
            var waiting = [pollfd(fd: mail.waker.descriptor, events: Int16(POLLIN), revents: 0)]
            waiting.append(pollfd(fd: listener, events: Int16(clients.count < Self.mostClients ? POLLIN : 0), revents: 0))
            for number in order {
                guard let client = clients[number] else { continue }
                let events = (client.listens ? POLLIN : 0) | (client.channel.hasOutgoing ? POLLOUT : 0)
                waiting.append(pollfd(fd: client.channel.socket, events: Int16(events), revents: 0))
            }
            ServiceThread.wait(for: &waiting)
            if waiting[1].revents != 0 { greet() }
            for (number, state) in zip(order, waiting.dropFirst(2)) where state.revents != 0 {
                if state.revents & Int16(POLLIN) != 0 {
                    clients[number]?.channel.fill()
                } else if state.revents & Int16(POLLHUP | POLLERR) != 0 {
                    clients[number]?.channel.isBroken = true
                }
            }
        }
    }

    private func greet() {
        let socket = accept(listener, nil, nil)
        guard socket >= 0 else { return }
        _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
        // struct ucred: process, user, group
        var credentials: [UInt32] = [0, .max, .max]
        var size = socklen_t(12)
        guard unsafe getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0, credentials[1] == geteuid() else {
            close(socket)
            return
        }
        lastClient += 1
        clients[lastClient] = Client(channel: Channel(socket))
    }

    /// Takes the requests that have come, sends what is queued, and lets go of a client that is at its end.
    private func serve(_ number: Int) {
        do throws(Malformed) {
            while let client = clients[number], client.listens, !client.channel.isBroken,
                let request: Request = try clients[number]?.channel.next()
            { try take(request, from: number) }
        } catch { clients[number]?.channel.isBroken = true }
        clients[number]?.channel.flush()
        if let client = clients[number], client.channel.isBroken {
            close(client.channel.socket)
            clients[number] = nil
        }
    }

    private func take(_ request: Request, from number: Int) throws(Malformed) {
        switch (request.command, request.subscribe) {
        case (.shutDown, nil):
            let error = KeeperError(.wrongState, "the workstation is not ended from outside: quit it in its own terminal")
            clients[number]?.channel.send(Response(id: request.id, error: error))
        case (let command?, nil):
            clients[number]?.outstanding += 1
            keeper.submit(command) { [mail] in mail.put(.reply(client: number, request: request.id, $0)) }
        case (nil, true):
            guard let client = clients[number], client.subscriptions.count < Self.mostSubscriptions else { throw Malformed() }
            clients[number]?.subscriptions.append((request.id, machines != nil))
            guard let machines else { return }
            let events = [.machines(machines), past.map(KeeperEvent.past), jobs.map(KeeperEvent.jobs)].compactMap { $0 }
            for event in events { clients[number]?.channel.send(Response(id: request.id, event: event)) }
        default: throw Malformed()
        }
    }

    private func answer(_ number: Int, _ request: UInt64, _ result: Result<KeeperReply, KeeperError>) {
        clients[number]?.outstanding -= 1
        switch result {
        case .success(let reply): clients[number]?.channel.send(Response(id: request, result: reply))
        case .failure(let error): clients[number]?.channel.send(Response(id: request, error: error))
        }
    }

    private func follow(_ job: JobSummary) {
        guard jobs != nil else { return }
        if let place = jobs?.firstIndex(where: { $0.id == job.id }) {
            jobs?[place] = job
        } else {
            jobs?.insert(job, at: 0)
            if let count = jobs?.count, count > Self.mostJobs, let ended = jobs?.lastIndex(where: \.phase.isOver) { jobs?.remove(at: ended) }
        }
    }

    private func happened(_ event: KeeperEvent) {
        var begins = false
        switch event {
        case .machines(let list): (machines, begins) = (list, true)
        case .changed(let summary):
            if let place = machines?.firstIndex(where: { $0.id == summary.id }) { machines?[place] = summary }
        case .past(let entries): past = entries.suffix(Self.mostPast)
        case .log(let entry):
            past?.append(entry)
            if let count = past?.count, count > Self.mostPast { past?.removeFirst(count - Self.mostPast) }
        case .jobs(let list): jobs = list
        case .job(let job): follow(job)
        case .fetch: break
        }
        for (number, client) in clients {
            for (place, subscription) in client.subscriptions.enumerated() where subscription.hasBegun || begins {
                clients[number]?.subscriptions[place].hasBegun = true
                clients[number]?.channel.send(Response(id: subscription.request, event: event))
            }
        }
    }
}
