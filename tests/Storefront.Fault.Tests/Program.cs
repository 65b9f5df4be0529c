using Storefront.Fault.Tests;

// Without a word of ours it is the test runner's program.
return args is [("play" or "kills" or "mutants") and var what, .. var rest]
    ? await Commands.RunAsync(what, rest)
    : args.Any(arg => arg is "--server" or "--internal-msbuild-node")
        ? await Xunit.MicrosoftTestingPlatform.TestPlatformTestFramework.RunAsync(args,
            SelfRegisteredExtensions.AddSelfRegisteredExtensions)
        : await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
