package import X86

/// What the generator needs of a row of the instruction table: which bytes may follow the opcode.
package struct InstructionForm {
    package enum ModRM { case none, any, digit(UInt8), fixed(UInt8, choices: Int) }

    package let row: InstructionRow
    package let modRM: ModRM
    package let allowsMemory: Bool
    package let allowsRegister: Bool

    package init(_ row: InstructionRow) {
        self.row = row
        var bytes: [(value: UInt8, choices: Int)] = []
        var slash = ""
        for word in row.encoding.split(separator: " ").drop(while: { ["NP", "66", "F3", "F2"].contains($0) && row.prefix != nil }) {
            if word.hasPrefix("/") {
                slash = String(word.dropFirst())
                break
            }
            guard let value = UInt8(word.prefix(2), radix: 16), word.count == 2 || word.dropFirst(2).first == "+" else { break }
            bytes.append((value, word.count == 2 ? 1 : 8))
        }
        let opcodeBytes = [1, 2, 3, 3][Int(row.map)]
        if bytes.count > opcodeBytes {
            modRM = .fixed(bytes[opcodeBytes].value, choices: bytes[opcodeBytes].choices)
        } else if let digit = slash.first?.wholeNumberValue {
            modRM = .digit(UInt8(digit))
        } else {
            modRM = slash.isEmpty ? .none : .any
        }
        // Operands begin with the addressing method's letter (SDM Vol. 2D §A.2.1): N and U are registers, and so is what goes to control registers.
        let methods = Set(row.operands.map { $0.prefix(1) })
        let isControl = !Set(row.operands).isDisjoint(with: ["Cd", "Dd"])
        allowsMemory = methods.isDisjoint(with: ["N", "U"]) && slash.count != 2 && !isControl
        allowsRegister = !methods.contains("M")
    }

    package static let all = InstructionTable.shared.rows.map { InstructionForm($0) }

    /// Rows by operation, in the order of the table.
    package static let byOperation: [[Int]] = {
        var groups = [[Int]](repeating: [], count: Operation.allCases.count)
        for (index, form) in all.enumerated() { groups[Int(form.row.operation.rawValue)].append(index) }
        return groups.filter { !$0.isEmpty }
    }()

    /// The three units, so that the many SSE rows do not crowd out the rest.
    package enum Unit: CaseIterable { case integer, x87, vector }

    package var unit: Unit { row.operation.isVector ? .vector : row.operation.isFPU ? .x87 : .integer }
}
