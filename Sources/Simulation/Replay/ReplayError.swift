package import Model

/// Why what a replay was given cannot be replayed, and what to do about it.
package enum ReplayError: Error, Equatable, CustomStringConvertible {
    case unreadable(path: String, expected: String)
    /// A workload that says no time, or no name, of its own.
    case badWorkload(place: String, problem: String)
    case noWorkloads(path: String)
    case badTrace(path: String, CapacityTraceError)
    case unknownTraceName(path: String)
    case noTraces(path: String)
    case secondTrace(path: String, first: String, Offering)
    case badSpotPrice(place: String, problem: String)
    case noCatalogue([String])
    case secondCatalogue(path: String, first: String)
    case severalRegions([String])
    case regionWithoutTrace(configuration: String, region: String, traced: [String])
    case unknownInstanceTypes(configuration: String, catalogue: String)

    package var description: String {
        switch self {
        case .unreadable(let path, let expected):
            "\(path): no such file, or it may not be read; expected \(expected)"
        case .badWorkload(let place, let problem): "\(place): \(problem)"
        case .noWorkloads(let path):
            "\(path): holds no Job, JobSet, PyTorchJob, MPIJob or Pod that could be replayed; "
                + "`kubectl get jobs,pods -A -o yaml` prints some"
        case .badTrace(let path, let error): "\(path): \(error)"
        case .unknownTraceName(let path):
            "\(path): the name does not say what it is the trace of; call it INSTANCETYPE_ZONE.json "
                + "(g5.xlarge_us-east-1a.json), or let it end in ZONE_MODEL_COUNT.json (..._us-west-2a_v100_1.json)"
        case .noTraces(let path): "\(path): holds no file that ends in .json; put one there for each spot pool"
        case .secondTrace(let path, let first, let offering):
            "\(path): a second trace of \(offering.instanceType) in \(offering.zone), after \(first); give one of the two"
        case .badSpotPrice(let place, let problem): "\(place): \(problem)"
        case .noCatalogue(let paths):
            "\(paths.joined(separator: ", ")): no CSV file with machines and their on-demand prices; give one like "
                + "config/catalogues/aws-us-east-1.csv with a --prices of its own"
        case .secondCatalogue(let path, let first):
            "\(path): a second CSV file of machines, after \(first); give one"
        case .severalRegions(let regions):
            "the traces are of several regions (\(regions.joined(separator: ", "))): give a --config whose aws.region "
                + "says which, or the files of one region"
        case .regionWithoutTrace(let configuration, let region, let traced):
            "\(configuration): aws.region is \(region), and the traces are of \(traced.joined(separator: ", ")): "
                + "spot would never be had; give traces of that region"
        case .unknownInstanceTypes(let configuration, let catalogue):
            "\(configuration): none of its pools' instance types is in \(catalogue)"
        }
    }
}
