import Foundation
import Testing

@testable import AWS

@Suite("Prices")
struct PriceTests {
    private func document(_ price: String, unit: String = "Hrs") -> String {
        """
        {"product": {"productFamily": "Compute Instance", "attributes": {"instanceType": "g5.xlarge"}, "sku": "S"},
         "serviceCode": "AmazonEC2", "terms": {"OnDemand": {"S.J": {"priceDimensions": {"S.J.6": {
         "unit": "\(unit)", "pricePerUnit": {"USD": "\(price)"}}}}},
         "Reserved": {"S.R": {"priceDimensions": {"S.R.1": {"unit": "Hrs", "pricePerUnit": {"USD": "0.1"}}}}}}}
        """
    }

    @Test("a price is read exactly, from its text")
    func exact() throws {
        let price = try #require(try PriceListEntry.price(document("1.0060000000")))
        #expect(price.instanceType == "g5.xlarge")
        #expect("\(price.dollarsPerHour)" == "1.006")
        #expect(try PriceListEntry.price(document("100", unit: "Quantity")) == nil)
        #expect(throws: PriceListEntry.Failure.unreadablePrice(instanceType: "g5.xlarge", "1,5")) {
            try PriceListEntry.price(document("1,5"))
        }
    }

    @Test("an amount is digits with at most one point, nothing else")
    func amounts() {
        #expect(DecimalText.parse("3.0672").map { "\($0)" } == "3.0672")
        for text in ["", ".", "1.2.3", "-1", "1e3", " 1", "1x", "NaN", String(repeating: "9", count: 31)] {
            #expect(DecimalText.parse(text) == nil, "\(text)")
        }
    }
}
