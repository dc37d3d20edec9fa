/// The sound of the PC speaker, as a value.
///
/// Not modelled: samples played by toggling the data bit.
package enum Speaker: Equatable, Codable, Sendable {
    case silent
    case tone(hertz: Double)
}
