/// What GuestCode's segments.S computes, worked out anew.
struct SegmentsModel {
    private var sum: UInt32 = 0
    private var seed: UInt16 = 1
    private var calls: UInt16 = 0
    private var numbers: [[UInt16]]
    private var list = (0..<256).map { UInt16($0) }
    private var place = 0
    private var output = [UInt8](repeating: 0, count: 0x1_0000)
    private let table: [UInt16]

    init() {
        numbers = [1, 3].map { [$0] + [UInt16](repeating: 0, count: 47) }
        table = (0..<256).map { byte in (0..<8).reduce(UInt16(byte)) { value, _ in value >> 1 ^ (value & 1 == 0 ? 0 : 0xA001) } }
    }

    static func checksum(turns: Int) -> UInt32 {
        var model = SegmentsModel()
        for left in (1...turns).reversed() { model.turn(left) }
        return model.sum
    }

    private mutating func fold(_ value: Int) { sum = (sum << 1 | sum >> 31) &+ UInt32(value & 0xFFFF) }

    private mutating func turn(_ left: Int) {
        var text: [UInt8] = []
        for _ in 0..<1024 {
            seed = seed &* 25173 &+ 13849
            text.append(UInt8(seed >> 8 & 15) + 97)
        }
        fold((2..<2048).count { number in !(2..<46).contains { $0 < number && number % $0 == 0 } })
        let strings = (0..<48).map { (text: Array(text[$0 * 8..<$0 * 8 + 8]), at: 0x800 + $0 * 8) }
        for string in strings.sorted(by: { $0.text == $1.text ? $0.at < $1.at : $0.text.lexicographicallyPrecedes($1.text) }) {
            fold(string.at)
        }
        unpack(text)
        add()
        fold(text.count { $0 == 101 })
        for count in (1...255).reversed() {
            list[place] &+= UInt16(count)
            fold(Int(list[place]))
            place = (place + 37) & 255
        }
        calls &+= 129
        fold(Int(calls))
        fold(text.prefix(128).reduce(0) { $0 + Int($1) - 32 })
        fold(34)  // the ninth of Fibonacci's numbers
        fold(Int(output.prefix(2048).reduce(UInt16(0xFFFF)) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }))
        for digit in String(left).reversed() { fold(digit.wholeNumberValue ?? 0) }
    }

    private mutating func unpack(_ text: [UInt8]) {
        output.replaceSubrange(0..<256, with: text[..<256])
        var from = 256, to = 256
        while from < 1023 {
            let token = text[from]
            from += 1
            if token & 1 == 0 {
                output[to] = token
                to += 1
            } else {
                let distance = Int(text[from] & 15) + 1
                from += 1
                for _ in 0..<Int(token & 14) + 3 {
                    output[to] = output[to - distance]
                    to += 1
                }
            }
        }
        fold(to)
    }

    private mutating func add() {
        for target in [0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1] {
            var carry = 0
            for word in 0..<48 {
                let value = Int(numbers[target][word]) + Int(numbers[1 - target][word]) + carry
                numbers[target][word] = UInt16(truncatingIfNeeded: value)
                carry = value >> 16
            }
            fold(Int(numbers[target][47]))
        }
        var carry = 0
        for word in 0..<48 {
            let value = Int(numbers[0][word]) * 40503 + carry
            numbers[0][word] = UInt16(truncatingIfNeeded: value)
            carry = value >> 16
        }
        fold(carry)
    }
}
