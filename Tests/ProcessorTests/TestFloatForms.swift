/// How a function of TestFloat is done with an instruction of the guest. Operands stand at [EBX] and [EBX+16], the result goes to [EBX+32], the status
/// to [EBX+48].
struct Form {
    enum Unit { case x87, sse }
    /// What comes back: bytes of a number, in so many equal lanes; a comparison's EFLAGS, x87 condition codes or mask.
    enum Result: Equatable { case number(bytes: Int, lanes: Int = 1), flags(Relation), conditions(Relation), mask(bytes: Int, lanes: Int = 1) }
    enum Relation { case equal, less, lessOrEqual }

    var name: String
    var function: String
    var options: [String] = []
    var unit: Unit
    /// Bytes of each operand, and how often it is repeated.
    var operand: (bytes: Int, lanes: Int)
    var result: Result
    var code: [UInt8]
    var usesPrecision = false
    var usesRounding = true
    /// Rounds toward zero whatever the control word or MXCSR says.
    var truncates = false

    /// FISTTP came with SSE3, ROUNDSS and its like with SSE4.1: only where the host has them.
    var needsSSE4: Bool { name.hasPrefix("FISTTP") || name.hasPrefix("ROUND") }

    private static let roundings: [(String, UInt16)] = [("-rnear_even", 0), ("-rmin", 1), ("-rmax", 2), ("-rminMag", 3)]
    private static let precisions: [(String, UInt16)] = [("-precision32", 0), ("-precision64", 2), ("-precision80", 3)]

    /// The generator's options with the control word or MXCSR they mean.
    var modes: [(options: [String], control: UInt32)] {
        if truncates { return Self.roundings.map { (["-rminMag"], unit == .sse ? 0x1F80 | UInt32($0.1) << 13 : 0x33F | UInt32($0.1) << 10) } }
        let roundings = usesRounding ? Self.roundings : [Self.roundings[0]]
        let precisions = usesPrecision ? Self.precisions : [Self.precisions[2]]
        return roundings.flatMap { rounding in
            unit == .sse
                ? [([rounding.0], 0x1F80 | UInt32(rounding.1) << 13)]
                : precisions.map { ([rounding.0, $0.0], 0x3F | UInt32($0.1) << 8 | UInt32(rounding.1) << 10) }
        }
    }

    static let all: [Form] = x87Arithmetic + x87Conversions + x87Comparisons + sseArithmetic + sseConversions + sseComparisons

    // MARK: x87

    private static let loadA: [UInt8] = [0xDB, 0x6B, 0], loadB: [UInt8] = [0xDB, 0x6B, 16], store: [UInt8] = [0xDB, 0x7B, 32]
    private static let storeStatus: [UInt8] = [0xDD, 0x7B, 48], drop: [UInt8] = [0xDD, 0xD8]

    private static let x87Arithmetic: [Form] = {
        let binary: [(String, [UInt8], Bool)] = [
            ("add", loadA + loadB + [0xDE, 0xC1], true), ("sub", loadA + loadB + [0xDE, 0xE9], true),
            ("sub", loadB + loadA + [0xDE, 0xE1], true), ("mul", loadA + loadB + [0xDE, 0xC9], true),
            ("div", loadA + loadB + [0xDE, 0xF9], true), ("div", loadB + loadA + [0xDC, 0xF1] + drop, true),
            // fprem1; fnstsw ax; sahf; jp back
            ("rem", loadB + loadA + [0xD9, 0xF5, 0xDF, 0xE0, 0x9E, 0x7A, 0xF9, 0xDD, 0xD9], false),
        ]
        let names = ["FADDP", "FSUBP", "FSUBRP", "FMULP", "FDIVP", "FDIVR", "FPREM1"]
        var forms = zip(names, binary).map { name, form in
            Form(
                name: name, function: "extF80_\(form.0)", unit: .x87, operand: (10, 1), result: .number(bytes: 10),
                code: form.1 + storeStatus + store,
                usesPrecision: form.2, usesRounding: form.2)
        }
        forms.append(
            Form(
                name: "FSQRT", function: "extF80_sqrt", unit: .x87, operand: (10, 1), result: .number(bytes: 10),
                code: loadA + [0xD9, 0xFA] + storeStatus + store, usesPrecision: true))
        forms.append(
            Form(
                name: "FRNDINT", function: "extF80_roundToInt", options: ["-exact"], unit: .x87, operand: (10, 1), result: .number(bytes: 10),
                code: loadA + [0xD9, 0xFC] + storeStatus + store))
        return forms
    }()

    private static let x87Conversions: [Form] = {
        func load(_ name: String, _ function: String, _ bytes: Int, _ code: [UInt8]) -> Form {
            Form(
                name: name, function: function, unit: .x87, operand: (bytes, 1), result: .number(bytes: 10), code: code + storeStatus + store,
                usesRounding: false)
        }
        func put(_ name: String, _ function: String, _ bytes: Int, _ code: [UInt8], exact: Bool = false, rounds: Bool = true) -> Form {
            Form(
                name: name, function: function, options: exact ? ["-exact"] : [], unit: .x87, operand: (10, 1), result: .number(bytes: bytes),
                code: loadA + code + storeStatus, truncates: !rounds)
        }
        return [
            load("FLD m32", "f32_to_extF80", 4, [0xD9, 0x43, 0]), load("FLD m64", "f64_to_extF80", 8, [0xDD, 0x43, 0]),
            load("FILD m32", "i32_to_extF80", 4, [0xDB, 0x43, 0]), load("FILD m64", "i64_to_extF80", 8, [0xDF, 0x6B, 0]),
            put("FSTP m32", "extF80_to_f32", 4, [0xD9, 0x5B, 32]), put("FSTP m64", "extF80_to_f64", 8, [0xDD, 0x5B, 32]),
            put("FST m32", "extF80_to_f32", 4, [0xD9, 0x53, 32] + drop), put("FIST m32", "extF80_to_i32", 4, [0xDB, 0x53, 32] + drop, exact: true),
            put("FISTP m32", "extF80_to_i32", 4, [0xDB, 0x5B, 32], exact: true),
            put("FISTP m64", "extF80_to_i64", 8, [0xDF, 0x7B, 32], exact: true),
            put("FISTTP m32", "extF80_to_i32", 4, [0xDB, 0x4B, 32], exact: true, rounds: false),
            put("FISTTP m64", "extF80_to_i64", 8, [0xDD, 0x4B, 32], exact: true, rounds: false),
        ]
    }()

    private static let x87Comparisons: [Form] = {
        let relations: [(String, Relation, quiet: Bool)] = [
            ("eq", .equal, true), ("eq_signaling", .equal, false), ("lt", .less, false), ("lt_quiet", .less, true), ("le", .lessOrEqual, false),
            ("le_quiet", .lessOrEqual, true),
        ]
        return relations.flatMap { function, relation, quiet in
            let toFlags: [UInt8] = loadB + loadA + [0xDB, quiet ? 0xE9 : 0xF1, 0x9C, 0x8F, 0x43, 32] + storeStatus + drop + drop
            let toStatus: [UInt8] = loadB + loadA + (quiet ? [0xDA, 0xE9] : [0xDE, 0xD9]) + storeStatus
            return [
                Form(
                    name: quiet ? "FUCOMI" : "FCOMI", function: "extF80_\(function)", unit: .x87, operand: (10, 1), result: .flags(relation),
                    code: toFlags,
                    usesRounding: false),
                Form(
                    name: quiet ? "FUCOMPP" : "FCOMPP", function: "extF80_\(function)", unit: .x87, operand: (10, 1), result: .conditions(relation),
                    code: toStatus, usesRounding: false),
            ]
        }
    }()

    // MARK: SSE

    /// Prefixes of the scalar and packed forms of both sizes.
    private static let formats: [(name: String, type: String, prefix: [UInt8], bytes: Int, lanes: Int)] = [
        ("SS", "f32", [0xF3], 4, 1), ("PS", "f32", [], 4, 4), ("SD", "f64", [0xF2], 8, 1), ("PD", "f64", [0x66], 8, 2),
    ]
    private static let storeMXCSR: [UInt8] = [0x0F, 0xAE, 0x5B, 48], storeX0: [UInt8] = [0x0F, 0x11, 0x43, 32], storeEAX: [UInt8] = [0x89, 0x43, 32]
    private static let loadX0: [UInt8] = [0x0F, 0x10, 0x43, 0]

    private static let sseArithmetic: [Form] = formats.flatMap { format in
        let binary: [(String, String, UInt8)] = [("ADD", "add", 0x58), ("MUL", "mul", 0x59), ("SUB", "sub", 0x5C), ("DIV", "div", 0x5E)]
        let rounding: UInt8 = 8 | (format.bytes == 8 ? 1 : 0) | (format.lanes == 1 ? 2 : 0)
        // Scalar loads clear the other lanes, so that nothing happens in them.
        let load = format.lanes == 1 ? format.prefix + loadX0 : loadX0
        let result = Result.number(bytes: format.bytes, lanes: format.lanes), operand = (format.bytes, format.lanes)
        var forms = binary.map { name, function, opcode in
            Form(
                name: name + format.name, function: "\(format.type)_\(function)", unit: .sse, operand: operand, result: result,
                code: load + format.prefix + [0x0F, opcode, 0x43, 16] + storeX0 + storeMXCSR)
        }
        forms.append(
            Form(
                name: "SQRT" + format.name, function: "\(format.type)_sqrt", unit: .sse, operand: operand, result: result,
                code: format.prefix + [0x0F, 0x51, 0x43, 0] + storeX0 + storeMXCSR))
        for (immediate, options) in [(UInt8(4), ["-exact"]), (0xC, ["-notexact"])] {
            forms.append(
                Form(
                    name: "ROUND" + format.name, function: "\(format.type)_roundToInt", options: options, unit: .sse, operand: operand,
                    result: result,
                    code: [0x66, 0x0F, 0x3A, rounding, 0x43, 0, immediate] + storeX0 + storeMXCSR))
        }
        return forms
    }

    private static let sseConversions: [Form] = {
        func form(
            _ name: String, _ function: String, _ code: [UInt8], from: (Int, Int), to: (Int, Int), store: [UInt8] = storeX0, exact: Bool = false
        ) -> Form {
            Form(
                name: name, function: function, options: exact ? ["-exact"] : [], unit: .sse, operand: from,
                result: .number(bytes: to.0, lanes: to.1),
                code: code + store + storeMXCSR, truncates: name.hasPrefix("CVTT"))
        }
        let storeM0: [UInt8] = [0x0F, 0x7F, 0x43, 32, 0x0F, 0x77]
        return [
            form("CVTSS2SD", "f32_to_f64", [0xF3, 0x0F, 0x5A, 0x43, 0], from: (4, 1), to: (8, 1)),
            form("CVTPS2PD", "f32_to_f64", [0x0F, 0x5A, 0x43, 0], from: (4, 2), to: (8, 2)),
            form("CVTSD2SS", "f64_to_f32", [0xF2, 0x0F, 0x5A, 0x43, 0], from: (8, 1), to: (4, 1)),
            form("CVTPD2PS", "f64_to_f32", [0x66, 0x0F, 0x5A, 0x43, 0], from: (8, 2), to: (4, 2)),
            form("CVTSI2SS", "i32_to_f32", [0xF3, 0x0F, 0x2A, 0x43, 0], from: (4, 1), to: (4, 1)),
            form("CVTDQ2PS", "i32_to_f32", [0x0F, 0x5B, 0x43, 0], from: (4, 4), to: (4, 4)),
            form("CVTPI2PS", "i32_to_f32", [0x0F, 0x2A, 0x43, 0], from: (4, 2), to: (4, 2), store: storeX0 + [0x0F, 0x77]),
            form("CVTSI2SD", "i32_to_f64", [0xF2, 0x0F, 0x2A, 0x43, 0], from: (4, 1), to: (8, 1)),
            form("CVTDQ2PD", "i32_to_f64", [0xF3, 0x0F, 0xE6, 0x43, 0], from: (4, 2), to: (8, 2)),
            form("CVTPI2PD", "i32_to_f64", [0x66, 0x0F, 0x2A, 0x43, 0], from: (4, 2), to: (8, 2), store: storeX0 + [0x0F, 0x77]),
            form("CVTSS2SI", "f32_to_i32", [0xF3, 0x0F, 0x2D, 0x43, 0], from: (4, 1), to: (4, 1), store: storeEAX, exact: true),
            form("CVTPS2DQ", "f32_to_i32", [0x66, 0x0F, 0x5B, 0x43, 0], from: (4, 4), to: (4, 4), exact: true),
            form("CVTPS2PI", "f32_to_i32", [0x0F, 0x2D, 0x43, 0], from: (4, 2), to: (4, 2), store: storeM0, exact: true),
            form("CVTSD2SI", "f64_to_i32", [0xF2, 0x0F, 0x2D, 0x43, 0], from: (8, 1), to: (4, 1), store: storeEAX, exact: true),
            form("CVTPD2DQ", "f64_to_i32", [0xF2, 0x0F, 0xE6, 0x43, 0], from: (8, 2), to: (4, 2), exact: true),
            form("CVTPD2PI", "f64_to_i32", [0x66, 0x0F, 0x2D, 0x43, 0], from: (8, 2), to: (4, 2), store: storeM0, exact: true),
            form("CVTTSS2SI", "f32_to_i32", [0xF3, 0x0F, 0x2C, 0x43, 0], from: (4, 1), to: (4, 1), store: storeEAX, exact: true),
            form("CVTTPS2DQ", "f32_to_i32", [0xF3, 0x0F, 0x5B, 0x43, 0], from: (4, 4), to: (4, 4), exact: true),
            form("CVTTPS2PI", "f32_to_i32", [0x0F, 0x2C, 0x43, 0], from: (4, 2), to: (4, 2), store: storeM0, exact: true),
            form("CVTTSD2SI", "f64_to_i32", [0xF2, 0x0F, 0x2C, 0x43, 0], from: (8, 1), to: (4, 1), store: storeEAX, exact: true),
            form("CVTTPD2DQ", "f64_to_i32", [0x66, 0x0F, 0xE6, 0x43, 0], from: (8, 2), to: (4, 2), exact: true),
            form("CVTTPD2PI", "f64_to_i32", [0x66, 0x0F, 0x2C, 0x43, 0], from: (8, 2), to: (4, 2), store: storeM0, exact: true),
        ]
    }()

    private static let sseComparisons: [Form] = {
        var forms: [Form] = []
        for format in formats where format.lanes == 1 {
            let prefix: [UInt8] = format.bytes == 8 ? [0x66] : []
            let relations: [(String, Relation, quiet: Bool)] = [
                ("eq", .equal, true), ("eq_signaling", .equal, false), ("lt", .less, false), ("lt_quiet", .less, true), ("le", .lessOrEqual, false),
                ("le_quiet", .lessOrEqual, true),
            ]
            for (function, relation, quiet) in relations {
                forms.append(
                    Form(
                        name: (quiet ? "UCOMI" : "COMI") + format.name, function: "\(format.type)_\(function)", unit: .sse,
                        operand: (format.bytes, 1),
                        result: .flags(relation),
                        code: format.prefix + loadX0 + prefix + [0x0F, quiet ? 0x2E : 0x2F, 0x43, 16, 0x9C, 0x8F, 0x43, 32] + storeMXCSR,
                        usesRounding: false))
            }
        }
        for format in formats {
            for (predicate, function) in [(UInt8(0), "eq"), (1, "lt"), (2, "le")] {
                forms.append(
                    Form(
                        name: "CMP\(function.uppercased())\(format.name)", function: "\(format.type)_\(function)", unit: .sse,
                        operand: (format.bytes, format.lanes), result: .mask(bytes: format.bytes, lanes: format.lanes),
                        code: (format.lanes == 1 ? format.prefix + loadX0 : loadX0) + format.prefix + [0x0F, 0xC2, 0x43, 16, predicate] + storeX0
                            + storeMXCSR,
                        usesRounding: false))
            }
        }
        return forms
    }()
}
