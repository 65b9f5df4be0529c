using Storefront.Tests.Support;

namespace Storefront.Tests.Structure;

/// <summary>What a partner of orders costs, counted on a real one: its folder, its lines in OrderEffects.cs, its settings.</summary>
public sealed class SizeOfAPartnerTests
{
    [Fact]
    public void The_product_speaks_of_loyalty_points_in_their_folder_and_in_the_list_of_effects_only()
    {
        var speaking = from project in new[] { "Storefront.Jobs", "Storefront.Web" }
                       from file in Directory.EnumerateFiles(Repository.File(project), "*.cs*", SearchOption.AllDirectories)
                       let path = Path.GetRelativePath(Repository.Root, file)
                       where path.Split('/')[1] is not ("bin" or "obj")
                           && File.ReadAllText(file).Contains("loyalty", StringComparison.OrdinalIgnoreCase)
                       select path;

        speaking.Where(file => !file.StartsWith("Storefront.Jobs/Loyalty/", StringComparison.Ordinal))
            .ShouldBe(["Storefront.Jobs/OrderEffects.cs"]);
        Lines(Repository.File("Storefront.Jobs/OrderEffects.cs")).Count(line => line.Contains("Loyalty", StringComparison.Ordinal))
            .ShouldBeLessThanOrEqualTo(3);
        Directory.EnumerateFiles(Repository.File("Storefront.Jobs/Loyalty")).Sum(file => Lines(file).Length).ShouldBeLessThan(150);
    }

    private static string[] Lines(string file) => File.ReadAllLines(file);
}
