using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Storefront.Tests.Support;

namespace Storefront.Tests.Structure;

/// <summary>
/// The folders of a project form a ladder: each knows only folders below it. The references are read from the C# sources with the
/// compiler's own model; Razor files are not looked at.
/// </summary>
public sealed class LadderTests
{
    // This is from the top down. Folders on one line do not use each other.
    internal static readonly string[][] Jobs =
    [
        ["Hosting"], ["BackOffice"], ["Reconciliation"], ["Alerts", "Retention"], ["Inventory", "Email", "Analytics", "Loyalty"],
        ["Orders"], ["Partners"], ["Queue"], ["Database", "Telemetry", "Settings", "Reference"],
    ];

    internal static readonly string[][] Web =
    [
        ["Hosting"], ["Health"], ["Pages", "Api"], ["Cart"], ["Checkout"], ["Catalog"], ["Identity"], ["Security"], ["Database"],
        ["Settings", "Telemetry"],
    ];

    private static readonly string[] ImplicitUsings =
    [
        "System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Net.Http", "System.Threading", "System.Threading.Tasks",
        "System.Net.Http.Json", "Microsoft.AspNetCore.Builder", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Http",
        "Microsoft.AspNetCore.Routing", "Microsoft.Extensions.Configuration", "Microsoft.Extensions.DependencyInjection",
        "Microsoft.Extensions.Hosting", "Microsoft.Extensions.Logging",
    ];

    [Fact]
    public void A_folder_of_Jobs_uses_only_folders_below_it() => WrongReferences("Storefront.Jobs", Jobs).ShouldBeEmpty();

    [Fact]
    public void A_folder_of_Web_uses_only_folders_below_it() => WrongReferences("Storefront.Web", Web).ShouldBeEmpty();

    [Fact]
    public void One_file_of_Web_knows_the_sandbox_and_a_published_shop_does_without_it()
    {
        var compilation = Compile("Storefront.Web", Repository.File("Storefront.Web"));
        var knowing = from tree in compilation.SyntaxTrees
                      let model = compilation.GetSemanticModel(tree)
                      where tree.GetRoot().DescendantNodes().OfType<SimpleNameSyntax>()
                          .Any(name => model.GetSymbolInfo(name).Symbol is { ContainingAssembly.Name: "Storefront.Sandbox" })
                      select Path.GetRelativePath(Repository.Root, tree.FilePath);
        knowing.ShouldBe(["Storefront.Web/Hosting/SandboxAssembly.cs"]);
    }

    private static List<string> WrongReferences(string project, string[][] ladder)
    {
        var root = Path.Combine(Repository.Root, project);
        var rungs = ladder.SelectMany((folders, rung) => folders.Select(folder => (folder, rung)))
            .ToDictionary(pair => pair.folder, pair => pair.rung);
        var compilation = Compile(project, root);
        var wrong = new List<string>();
        foreach (var tree in compilation.SyntaxTrees.Where(tree => tree.FilePath.Length > 0))
        {
            var own = Folder(root, tree.FilePath);
            if (own is null) continue; // The files at the top put everything together and may use everything.
            if (!rungs.TryGetValue(own, out var rung))
            {
                wrong.Add($"{project}/{own} has no place on the ladder: give it one in {nameof(LadderTests)}.");
                continue;
            }

            var model = compilation.GetSemanticModel(tree);
            wrong.AddRange(
                from name in tree.GetRoot().DescendantNodes(node => node is not UsingDirectiveSyntax, descendIntoTrivia: true)
                    .OfType<SimpleNameSyntax>()
                let file = DeclaringFile(model, name)
                where file is not null
                let to = Folder(root, file)
                where to != own && (to is null ? rung > 0 : !rungs.TryGetValue(to, out var lower) || lower <= rung)
                let line = name.GetLocation().GetLineSpan().StartLinePosition.Line + 1
                select $"{Path.GetRelativePath(Repository.Root, tree.FilePath)}:{line} "
                    + $"uses {name}, which is in {Path.GetRelativePath(Repository.Root, file)}");
        }

        return [.. wrong.Distinct()];
    }

    private static CSharpCompilation Compile(string project, string root)
    {
        var options = new CSharpParseOptions(LanguageVersion.Latest, preprocessorSymbols: ["DEBUG", "CRASH_POINTS"]);
        var files = Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            .Where(file => Path.GetRelativePath(root, file).Split(Path.DirectorySeparatorChar)[0] is not ("bin" or "obj"));
        var usings = string.Concat(ImplicitUsings.Select(name => $"global using {name};"));
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(assembly => Path.GetFileNameWithoutExtension(assembly) != project);
        return CSharpCompilation.Create(
            project,
            [.. files.Select(file => CSharpSyntaxTree.ParseText(File.ReadAllText(file), options, file)),
                CSharpSyntaxTree.ParseText(usings, options)],
            references.Select(assembly => MetadataReference.CreateFromFile(assembly)),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, metadataImportOptions: MetadataImportOptions.All));
    }

    /// <summary>Null: declared elsewhere.</summary>
    private static string? DeclaringFile(SemanticModel model, SimpleNameSyntax name)
    {
        var info = model.GetSymbolInfo(name);
        var symbol = info.Symbol ?? (info.CandidateSymbols.Length > 0 ? info.CandidateSymbols[0] : null);
        var type = symbol as INamedTypeSymbol ?? symbol?.ContainingType;
        return type?.DeclaringSyntaxReferences.Select(reference => reference.SyntaxTree.FilePath).FirstOrDefault(path => path.Length > 0);
    }

    /// <summary>Null: the file lies at the top of the project.</summary>
    private static string? Folder(string root, string file) =>
        Path.GetRelativePath(root, file).Split(Path.DirectorySeparatorChar) is [var folder, _, ..] ? folder : null;
}
