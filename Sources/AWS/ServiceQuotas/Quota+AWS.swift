package import Model

extension Quota {
    /// The codes of Service Quotas, of which all count together. Spot P5 had a quota of its own beside that of the older
    /// P types, and some accounts still show both.
    /// https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-quotas.html
    package var codes: [String] {
        switch (family, isSpot) {
        case (.standard, false): ["L-1216C47A"]
        case (.standard, true): ["L-34B43A08"]
        case (.graphics, false): ["L-DB2E81BA"]
        case (.graphics, true): ["L-3819A6DF"]
        case (.p, false): ["L-417A185B"]
        case (.p, true): ["L-7212CCBC", "L-C4BD4855"]
        case (.inferentia, false): ["L-1945791B"]
        case (.inferentia, true): ["L-B5D1601B"]
        case (.trainium, false): ["L-2C3B7624"]
        case (.trainium, true): ["L-6B0D517C"]
        case (.gaudi, false): ["L-6E869C2A"]
        case (.gaudi, true): ["L-85EED4F7"]
        case (.fpga, false): ["L-74FC7D96"]
        case (.fpga, true): ["L-88CF9481"]
        case (.x, false): ["L-7295265B"]
        case (.x, true): ["L-E3A00192"]
        case (.highMemory, false): ["L-43DA4232"]
        case (.hpc, false): ["L-F7808C92"]
        case (.highMemory, true), (.hpc, true): []
        }
    }

    /// Patterns of the names of the instance types that count against it.
    var instanceTypePatterns: [String] {
        switch family {
        case .standard: ["a", "c", "d", "h", "i", "m", "r", "t", "z"].map { "\($0)*" }
        case .graphics: ["g*", "vt*"]
        case .p: ["p*"]
        case .inferentia: ["inf*"]
        case .trainium: ["trn*"]
        case .gaudi: ["dl*"]
        case .fpga: ["f*"]
        case .x: ["x*"]
        case .highMemory: ["u*"]
        case .hpc: ["hpc*"]
        }
    }
}
