import HTTPTransport
import Testing

@testable import AWS

@Suite("Endpoints")
struct EndpointTests {
    /// A row as botocore resolves it: plain, dual-stack, FIPS, both.
    struct Row: CustomTestStringConvertible, Sendable {
        var service: AWSService
        var region: String
        var hosts: [String]
        var testDescription: String { "\(service) in \(region)" }

        init(_ service: AWSService, _ region: String, _ hosts: String...) {
            self.service = service
            self.region = region
            self.hosts = hosts
        }
    }

    @Test(
        "hosts are those that AWS's own tools find",
        arguments: [
            Row(
                .ec2,
                "us-east-1",
                "ec2.us-east-1.amazonaws.com",
                "ec2.us-east-1.api.aws",
                "ec2-fips.us-east-1.amazonaws.com",
                "ec2-fips.us-east-1.api.aws"
            ),
            Row(
                .sqs,
                "us-gov-west-1",
                "sqs.us-gov-west-1.amazonaws.com",
                "sqs.us-gov-west-1.api.aws",
                "sqs.us-gov-west-1.amazonaws.com",
                "sqs-fips.us-gov-west-1.api.aws"
            ),
            Row(
                .sts,
                "cn-north-1",
                "sts.cn-north-1.amazonaws.com.cn",
                "sts.cn-north-1.api.amazonwebservices.com.cn",
                "sts-fips.cn-north-1.amazonaws.com.cn",
                "sts-fips.cn-north-1.api.amazonwebservices.com.cn"
            ),
            Row(
                .s3,
                "us-gov-east-1",
                "s3.us-gov-east-1.amazonaws.com",
                "s3.dualstack.us-gov-east-1.amazonaws.com",
                "s3-fips.us-gov-east-1.amazonaws.com",
                "s3-fips.dualstack.us-gov-east-1.amazonaws.com"
            ),
            Row(
                .servicequotas,
                "eu-central-1",
                "servicequotas.eu-central-1.amazonaws.com",
                "servicequotas.eu-central-1.api.aws",
                "servicequotas.eu-central-1.amazonaws.com",
                "servicequotas.eu-central-1.api.aws"
            ),
            Row(
                .ssm,
                "us-isob-east-1",
                "ssm.us-isob-east-1.sc2s.sgov.gov",
                "ssm.us-isob-east-1.api.aws.scloud",
                "ssm-fips.us-isob-east-1.sc2s.sgov.gov",
                "ssm-fips.us-isob-east-1.api.aws.scloud"
            ),
            Row(
                .ec2,
                "us-iso-east-1",
                "ec2.us-iso-east-1.c2s.ic.gov",
                "ec2.us-iso-east-1.api.aws.ic.gov",
                "ec2-fips.us-iso-east-1.c2s.ic.gov",
                "ec2-fips.us-iso-east-1.api.aws.ic.gov"
            ),
            Row(
                .ec2,
                "eusc-de-east-1",
                "ec2.eusc-de-east-1.amazonaws.eu",
                "ec2.eusc-de-east-1.api.amazonwebservices.eu",
                "ec2-fips.eusc-de-east-1.amazonaws.eu",
                "ec2-fips.eusc-de-east-1.api.amazonwebservices.eu"
            ),
            // Prices are served from one region of each partition. botocore would ask "api.pricing-fips", which is not
            // there, and "servicequotas-fips" above.
            Row(
                .pricing,
                "eu-west-1",
                "api.pricing.us-east-1.amazonaws.com",
                "api.pricing.us-east-1.api.aws",
                "api.pricing.us-east-1.amazonaws.com",
                "api.pricing.us-east-1.api.aws"
            ),
            Row(
                .pricing,
                "cn-north-1",
                "api.pricing.cn-northwest-1.amazonaws.com.cn",
                "api.pricing.cn-northwest-1.api.amazonwebservices.com.cn",
                "api.pricing.cn-northwest-1.amazonaws.com.cn",
                "api.pricing.cn-northwest-1.api.amazonwebservices.com.cn"
            ),
        ]
    )
    func hosts(_ row: Row) {
        let found = [(false, false), (false, true), (true, false), (true, true)].map { usesFIPS, usesDualStack in
            AWSConfiguration(region: row.region, usesFIPS: usesFIPS, usesDualStack: usesDualStack)
                .endpoint(row.service)
        }
        #expect(found == row.hosts.map { "https://\($0)/" })
    }

    @Test("the environment wins over the profile, a service's own endpoint over the common one")
    func order() throws {
        var shared = SharedConfiguration()
        shared.add(
            """
            [profile a]
            region = eu-west-3
            endpoint_url = http://127.0.0.1:1
            services = local
            use_fips_endpoint = true
            ca_bundle = /profile.pem
            [services local]
            service_quotas =
              endpoint_url = http://127.0.0.1:2
            """,
            isCredentials: false
        )
        var environment = ["AWS_PROFILE": "a", "AWS_ENDPOINT_URL_SSM": "http://127.0.0.1:3"]
        let first = try AWSConfiguration(environment: environment, shared: shared)
        #expect(first.region == "eu-west-3")
        #expect(first.endpoint(.ec2) == "http://127.0.0.1:1/")
        #expect(first.endpoint(.servicequotas) == "http://127.0.0.1:2/")
        #expect(first.endpoint(.ssm) == "http://127.0.0.1:3/")
        environment["AWS_ENDPOINT_URL"] = "http://127.0.0.1:4"
        #expect(
            try AWSConfiguration(environment: environment, shared: shared).endpoint(.servicequotas).hasSuffix(":4/")
        )
        environment["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = "true"
        let own = try AWSConfiguration(region: "us-east-2", environment: environment, shared: shared)
        #expect(own.endpoint(.ssm) == "https://ssm-fips.us-east-2.amazonaws.com/")
        environment["AWS_USE_FIPS_ENDPOINT"] = "false"
        environment["AWS_USE_DUALSTACK_ENDPOINT"] = "true"
        let dual = try AWSConfiguration(region: "us-east-2", environment: environment, shared: shared)
        #expect(dual.endpoint(.ssm) == "https://ssm.us-east-2.api.aws/")
        environment["AWS_USE_FIPS_ENDPOINT"] = "yes"
        let error = #expect(throws: AWSConfigurationError.self) {
            try AWSConfiguration(environment: environment, shared: shared)
        }
        #expect(error?.description == #"AWS_USE_FIPS_ENDPOINT: "yes" is neither true nor false"#)
    }

    @Test("authorities of the environment, or of the profile, take the place of the system's")
    func authorities() {
        var shared = SharedConfiguration()
        shared.add("[default]\nca_bundle = /profile.pem\n", isCredentials: false)
        #expect(AWSConfiguration.http(environment: [:]).tls.authorities?.description == nil)
        #expect(AWSConfiguration.http(environment: [:], shared: shared).tls.authorities?.description == "/profile.pem")
        let named = AWSConfiguration.http(environment: ["AWS_CA_BUNDLE": "/e.pem"], shared: shared)
        #expect(named.tls.authorities?.description == "/e.pem")
    }
}
