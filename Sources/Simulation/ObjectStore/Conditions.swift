package import Kubernetes

/// The conditions in an object's status, one for each type.
package enum Conditions {
    package static func isTrue(_ type: String, in object: JSON) -> Bool {
        object["status"]["conditions"].elements.contains {
            $0["type"].string == type && $0["status"].string == "True"
        }
    }
}

extension Conditions {
    /// Sets a condition; its transition time moves only when its status does.
    package static func set(
        _ type: String,
        status: Bool,
        reason: String? = nil,
        message: String? = nil,
        in object: inout JSON,
        now: Int64
    ) {
        var conditions = object["status"]["conditions"].elements
        let index = conditions.firstIndex { $0["type"].string == type }
        let text: JSON = status ? "True" : "False"
        var condition = index.map { conditions[$0] } ?? ["type": .string(type)]
        if condition["status"] != text { condition["lastTransitionTime"] = .string(RFC3339.string(now)) }
        condition["status"] = text
        condition["reason"] = JSON(reason)
        condition["message"] = JSON(message)
        if let index { conditions[index] = condition } else { conditions.append(condition) }
        object["status"]["conditions"] = .array(conditions)
    }
}
