/// The machines with NVIDIA accelerators that EC2 sells in us-east-1, as in `config/catalogues/aws-us-east-1.csv`.
struct AcceleratorMachine {
    let instanceType: String
    let model: String
    let gpus: Int64
    let cpus: Int64
    let memoryMebibytes: Int64
    /// On demand, in millionths of a dollar an hour.
    let priceMillionths: Int64
    /// Of spot against on-demand; 40 where none is known.
    let savingPercent: Int64

    private init(
        _ instanceType: String,
        _ model: String,
        _ gpus: Int64,
        cpus: Int64,
        mebibytes: Int64,
        price: Int64,
        saving: Int64
    ) {
        self.instanceType = instanceType
        self.model = model
        self.gpus = gpus
        self.cpus = cpus
        memoryMebibytes = mebibytes
        priceMillionths = price
        savingPercent = saving
    }

    static let all: [AcceleratorMachine] = [
        .init("g4dn.12xlarge", "T4", 4, cpus: 48, mebibytes: 196_608, price: 3_912_000, saving: 64),
        .init("g4dn.16xlarge", "T4", 1, cpus: 64, mebibytes: 262_144, price: 4_352_000, saving: 76),
        .init("g4dn.2xlarge", "T4", 1, cpus: 8, mebibytes: 32768, price: 752_000, saving: 61),
        .init("g4dn.4xlarge", "T4", 1, cpus: 16, mebibytes: 65536, price: 1_204_000, saving: 68),
        .init("g4dn.8xlarge", "T4", 1, cpus: 32, mebibytes: 131_072, price: 2_176_000, saving: 63),
        .init("g4dn.metal", "T4", 8, cpus: 96, mebibytes: 393_216, price: 7_824_000, saving: 51),
        .init("g4dn.xlarge", "T4", 1, cpus: 4, mebibytes: 16384, price: 526_000, saving: 64),
        .init("g5.12xlarge", "A10G", 4, cpus: 48, mebibytes: 196_608, price: 5_672_000, saving: 58),
        .init("g5.16xlarge", "A10G", 1, cpus: 64, mebibytes: 262_144, price: 4_096_000, saving: 61),
        .init("g5.24xlarge", "A10G", 4, cpus: 96, mebibytes: 393_216, price: 8_144_000, saving: 57),
        .init("g5.2xlarge", "A10G", 1, cpus: 8, mebibytes: 32768, price: 1_212_000, saving: 58),
        .init("g5.48xlarge", "A10G", 8, cpus: 192, mebibytes: 786_432, price: 16_288_000, saving: 71),
        .init("g5.4xlarge", "A10G", 1, cpus: 16, mebibytes: 65536, price: 1_624_000, saving: 60),
        .init("g5.8xlarge", "A10G", 1, cpus: 32, mebibytes: 131_072, price: 2_448_000, saving: 59),
        .init("g5.xlarge", "A10G", 1, cpus: 4, mebibytes: 16384, price: 1_006_000, saving: 59),
        .init("g6.12xlarge", "L4", 4, cpus: 48, mebibytes: 196_608, price: 4_601_600, saving: 59),
        .init("g6.16xlarge", "L4", 1, cpus: 64, mebibytes: 262_144, price: 3_396_800, saving: 64),
        .init("g6.24xlarge", "L4", 4, cpus: 96, mebibytes: 393_216, price: 6_675_200, saving: 56),
        .init("g6.2xlarge", "L4", 1, cpus: 8, mebibytes: 32768, price: 977_600, saving: 58),
        .init("g6.48xlarge", "L4", 8, cpus: 192, mebibytes: 786_432, price: 13_350_400, saving: 69),
        .init("g6.4xlarge", "L4", 1, cpus: 16, mebibytes: 65536, price: 1_323_200, saving: 57),
        .init("g6.8xlarge", "L4", 1, cpus: 32, mebibytes: 131_072, price: 2_014_400, saving: 56),
        .init("g6.xlarge", "L4", 1, cpus: 4, mebibytes: 16384, price: 804_800, saving: 49),
        .init("g6e.12xlarge", "L40S", 4, cpus: 48, mebibytes: 393_216, price: 10_492_640, saving: 56),
        .init("g6e.16xlarge", "L40S", 1, cpus: 64, mebibytes: 524_288, price: 7_577_190, saving: 66),
        .init("g6e.24xlarge", "L40S", 4, cpus: 96, mebibytes: 786_432, price: 15_065_590, saving: 74),
        .init("g6e.2xlarge", "L40S", 1, cpus: 8, mebibytes: 65536, price: 2_242_080, saving: 63),
        .init("g6e.48xlarge", "L40S", 8, cpus: 192, mebibytes: 1_572_864, price: 30_131_180, saving: 68),
        .init("g6e.4xlarge", "L40S", 1, cpus: 16, mebibytes: 131_072, price: 3_004_240, saving: 62),
        .init("g6e.8xlarge", "L40S", 1, cpus: 32, mebibytes: 262_144, price: 4_528_560, saving: 66),
        .init("g6e.xlarge", "L40S", 1, cpus: 4, mebibytes: 32768, price: 1_861_000, saving: 58),
        .init("g7e.12xlarge", "RTX PRO Server 6000", 2, cpus: 48, mebibytes: 524_288, price: 8_286_080, saving: 40),
        .init("g7e.24xlarge", "RTX PRO Server 6000", 4, cpus: 96, mebibytes: 1_048_576, price: 16_572_160, saving: 40),
        .init("g7e.2xlarge", "RTX PRO Server 6000", 1, cpus: 8, mebibytes: 65536, price: 3_363_120, saving: 40),
        .init("g7e.48xlarge", "RTX PRO Server 6000", 8, cpus: 192, mebibytes: 2_097_152, price: 33_144_320, saving: 40),
        .init("g7e.4xlarge", "RTX PRO Server 6000", 1, cpus: 16, mebibytes: 131_072, price: 3_998_160, saving: 40),
        .init("g7e.8xlarge", "RTX PRO Server 6000", 1, cpus: 32, mebibytes: 262_144, price: 5_268_240, saving: 40),
        .init("gr6.4xlarge", "L4", 1, cpus: 16, mebibytes: 131_072, price: 1_539_200, saving: 57),
        .init("gr6.8xlarge", "L4", 1, cpus: 32, mebibytes: 262_144, price: 2_446_400, saving: 59),
        .init("p3.16xlarge", "V100", 8, cpus: 64, mebibytes: 499_712, price: 24_480_000, saving: 83),
        .init("p3.2xlarge", "V100", 1, cpus: 8, mebibytes: 62464, price: 3_060_000, saving: 80),
        .init("p3.8xlarge", "V100", 4, cpus: 32, mebibytes: 249_856, price: 12_240_000, saving: 86),
        .init("p3dn.24xlarge", "V100", 8, cpus: 96, mebibytes: 786_432, price: 31_212_000, saving: 87),
        .init("p4d.24xlarge", "A100", 8, cpus: 96, mebibytes: 1_179_648, price: 21_957_642, saving: 67),
        .init("p4de.24xlarge", "A100", 8, cpus: 96, mebibytes: 1_179_648, price: 27_447_050, saving: 65),
        .init("p5.48xlarge", "H100", 8, cpus: 192, mebibytes: 2_097_152, price: 55_040_000, saving: 52),
        .init("p5.4xlarge", "H100", 1, cpus: 16, mebibytes: 262_144, price: 6_880_000, saving: 40),
        .init("p5en.48xlarge", "H200", 8, cpus: 192, mebibytes: 2_097_152, price: 63_296_000, saving: 64),
        .init("p6-b200.48xlarge", "B200", 8, cpus: 192, mebibytes: 2_097_152, price: 113_932_800, saving: 40),
        .init("p6-b300.48xlarge", "B300", 8, cpus: 192, mebibytes: 4_194_304, price: 142_416_000, saving: 40),
    ]
}
