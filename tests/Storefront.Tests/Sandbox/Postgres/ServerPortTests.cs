using System.Globalization;
using Storefront.Sandbox.Postgres;

namespace Storefront.Tests.Sandbox.Postgres;

public sealed class ServerPortTests
{
    [Fact]
    public void The_servers_port_is_outside_the_range_of_outgoing_connections()
    {
        const string Range = "/proc/sys/net/ipv4/ip_local_port_range";
        Assert.SkipUnless(File.Exists(Range), "Only Linux says in a file which ports it gives to outgoing connections.");
        var lowest = int.Parse(File.ReadAllText(Range).Split('\t')[0], CultureInfo.InvariantCulture);

        Enumerable.Range(0, 100).ShouldAllBe(_ => ServerPort.Free() < lowest);
    }
}
