/// Register numbers and bits, named as IBM's "PS/2 Hardware Interface Technical Reference, Video Subsystem" names them. Each group has the
/// bits that exist: what else is written reads back 0.
extension VGA {
    enum Miscellaneous {
        static let ioAddress: UInt8 = 0x01, enableRAM: UInt8 = 0x02
    }

    enum Sequencer {
        static let clockingMode = 1, mapMask = 2, characterMapSelect = 3, memoryMode = 4
        static func mask(_ index: Int) -> UInt8 {
            switch index {
            case 0: 0x03
            case clockingMode: 0x3D
            case mapMask: 0x0F
            case characterMapSelect: 0x3F
            case memoryMode: 0x0E
            default: 0
            }
        }
        // Clocking mode
        static let eightDots: UInt8 = 0x01, halfDotClock: UInt8 = 0x08, screenOff: UInt8 = 0x20
        // Memory mode
        static let sequential: UInt8 = 0x04, chain4: UInt8 = 0x08
    }

    enum Graphics {
        static let setReset = 0, enableSetReset = 1, colorCompare = 2, dataRotate = 3, readMapSelect = 4, mode = 5, miscellaneous = 6
        static let colorDontCare = 7, bitMask = 8
        static func mask(_ index: Int) -> UInt8 {
            switch index {
            case setReset, enableSetReset, colorCompare, miscellaneous, colorDontCare: 0x0F
            case dataRotate: 0x1F
            case readMapSelect: 0x03
            case mode: 0x7B
            case bitMask: 0xFF
            default: 0
            }
        }
        // Mode
        static let readMode1: UInt8 = 0x08, oddEven: UInt8 = 0x10, shiftInterleaved: UInt8 = 0x20, shift256: UInt8 = 0x40
        // Miscellaneous
        static let graphics: UInt8 = 0x01
    }

    enum CRTC {
        static let horizontalTotal = 0x00, horizontalDisplayEnd = 0x01, verticalTotal = 0x06, overflow = 0x07, presetRowScan = 0x08
        static let maximumScanLine = 0x09, cursorStart = 0x0A, cursorEnd = 0x0B, startHigh = 0x0C, startLow = 0x0D, cursorHigh = 0x0E
        static let cursorLow = 0x0F, retraceStart = 0x10, retraceEnd = 0x11, displayEnd = 0x12, offset = 0x13, underline = 0x14
        static let modeControl = 0x17, lineCompare = 0x18
        // Maximum scan line
        static let doubleScan: UInt8 = 0x80
        // Vertical retrace end
        static let keepInterrupt: UInt8 = 0x10, disableInterrupt: UInt8 = 0x20, protect: UInt8 = 0x80
        // Underline location
        static let doubleword: UInt8 = 0x40
        // Mode control
        static let keepA13: UInt8 = 0x01, keepA14: UInt8 = 0x02, halfLineClock: UInt8 = 0x04, countByTwo: UInt8 = 0x08
        static let wrapAt15: UInt8 = 0x20, byteMode: UInt8 = 0x40, retraceOn: UInt8 = 0x80
    }

    enum Attribute {
        static let modeControl = 0x10, overscan = 0x11, colorPlaneEnable = 0x12, panning = 0x13, colorSelect = 0x14
        static func mask(_ index: Int) -> UInt8 {
            switch index {
            case 0..<16, colorPlaneEnable: 0x3F
            case modeControl: 0xEF
            case overscan: 0xFF
            case panning, colorSelect: 0x0F
            default: 0
            }
        }
        /// In the index register: the palette belongs to the screen, and the processor cannot write it.
        static let paletteAddressSource: UInt8 = 0x20
        // Mode control
        static let lineGraphics: UInt8 = 0x04, blink: UInt8 = 0x08, panTopOnly: UInt8 = 0x20, selectP5P4: UInt8 = 0x80
    }
}
